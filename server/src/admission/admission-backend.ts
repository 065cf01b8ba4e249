import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { type Client, Code, ConnectError, createClient, type Interceptor } from "@connectrpc/connect";
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

/** A way to the backend. */
interface Connection {
  readonly client: Client<typeof AdmissionService>;
  close(): void;
  /** How many decisions it waits for. */
  underWay: number;
}

/** A backend of the operator that implements `AdmissionService`. */
export class AdmissionBackend {
  readonly #settings: BackendSettings;
  #connection: Connection;

  constructor(settings: BackendSettings) {
    this.#settings = settings;
    this.#connection = connect(settings);
  }

  /** What the backend decides. Rejects if it does not answer in time, or answers with an error. */
  async decide(request: MessageInitShape<typeof AdmitRequestSchema>): Promise<AdmitResponse> {
    const connection = this.#connection;
    connection.underWay++;
    try {
      return await connection.client.admit(request, { timeoutMs: this.#settings.timeoutMs });
    } catch (error) {
      if (ConnectError.from(error).code === Code.DeadlineExceeded) this.#replace(connection);
      throw error;
    } finally {
      connection.underWay--;
      if (connection !== this.#connection && connection.underWay === 0) connection.close();
    }
  }

  /** Ends its connections. */
  close(): void {
    this.#connection.close();
  }

  /**
   * Asks over another connection from now on. gRPC has one for all decisions: if the network has lost it, each would time out
   * until TCP gives up, after minutes. Those that are under way may still be answered; HTTP/1.1 closes theirs by itself.
   */
  #replace(connection: Connection): void {
    if (this.#settings.protocol === "grpc" && connection === this.#connection) {
      this.#connection = connect(this.#settings);
    }
  }
}

function connect({ url, protocol, secret, ca }: BackendSettings): Connection {
  const common = {
    baseUrl: url.replace(/\/+$/, ""),
    readMaxBytes: answerBytes,
    interceptors: secret === undefined ? [] : [presenting(secret)],
  };
  const tls = ca === undefined ? {} : { ca };
  if (protocol === "grpc") {
    const sessionManager = new Http2SessionManager(common.baseUrl, {}, tls);
    const client = createClient(AdmissionService, createGrpcTransport({ ...common, sessionManager }));
    return { client, close: () => sessionManager.abort(), underWay: 0 };
  }
  const AgentOfScheme = url.startsWith("https:") ? HttpsAgent : HttpAgent;
  const agent = new AgentOfScheme({ keepAlive: true, maxSockets: mostRequests });
  const http = { httpVersion: "1.1", useBinaryFormat: false, nodeOptions: { ...tls, agent } } as const;
  const client = createClient(AdmissionService, createConnectTransport({ ...common, ...http }));
  return { client, close: () => agent.destroy(), underWay: 0 };
}

function presenting(secret: string): Interceptor {
  return (next) => (request) => {
    request.header.set("authorization", `Bearer ${secret}`);
    return next(request);
  };
}
