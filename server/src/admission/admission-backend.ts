import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { type Client, createClient, type Interceptor } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { AdmissionService, type AdmitRequestSchema, type AdmitResponse } from "@parley/contract";

/** Where the backend is that decides about joins, and how it is asked. */
export interface BackendSettings {
  readonly url: string;
  /** HTTP with JSON, or gRPC. */
  readonly protocol: "json" | "grpc";
  /** How long one decision may take, in milliseconds. */
  readonly timeoutMs: number;
  /** What shows the backend who asks; undefined for nothing. */
  readonly secret: string | undefined;
  /** The authorities (PEM) of its certificate; undefined for the public ones. */
  readonly ca: string | undefined;
}

/** The bytes of one answer. */
const answerBytes = 64 * 1024;
/** How many requests are under way at once over HTTP; the others wait, and their time passes. */
const mostRequests = 100;

/** A backend of the operator that implements `AdmissionService`. */
export class AdmissionBackend {
  readonly #client: Client<typeof AdmissionService>;
  readonly #timeoutMs: number;
  readonly #close: () => void;

  constructor({ url, protocol, timeoutMs, secret, ca }: BackendSettings) {
    this.#timeoutMs = timeoutMs;
    const common = {
      baseUrl: url.replace(/\/+$/, ""),
      readMaxBytes: answerBytes,
      interceptors: secret === undefined ? [] : [presenting(secret)],
    };
    const tls = ca === undefined ? {} : { ca };
    if (protocol === "grpc") {
      const sessionManager = new Http2SessionManager(common.baseUrl, {}, tls);
      this.#client = createClient(AdmissionService, createGrpcTransport({ ...common, sessionManager }));
      this.#close = () => sessionManager.abort();
    } else {
      const AgentOfScheme = url.startsWith("https:") ? HttpsAgent : HttpAgent;
      const agent = new AgentOfScheme({ keepAlive: true, maxSockets: mostRequests });
      const http = { httpVersion: "1.1", useBinaryFormat: false, nodeOptions: { ...tls, agent } } as const;
      this.#client = createClient(AdmissionService, createConnectTransport({ ...common, ...http }));
      this.#close = () => agent.destroy();
    }
  }

  /** What the backend decides. Rejects if it does not answer in time, or answers with an error. */
  decide(request: MessageInitShape<typeof AdmitRequestSchema>): Promise<AdmitResponse> {
    return this.#client.admit(request, { timeoutMs: this.#timeoutMs });
  }

  /** Ends its connections. */
  close(): void {
    this.#close();
  }
}

function presenting(secret: string): Interceptor {
  return (next) => (request) => {
    request.header.set("authorization", `Bearer ${secret}`);
    return next(request);
  };
}
