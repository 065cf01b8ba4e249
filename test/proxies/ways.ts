import { Agent } from "node:https";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { type Client, Code, ConnectError, createClient } from "@connectrpc/connect";
import { findTrailerError } from "@connectrpc/connect/protocol-grpc";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import * as grpc from "@grpc/grpc-js";
import {
  ReceiveRequestSchema,
  reasonName,
  SignalingService,
  SignalRequestSchema,
  SignalResponseSchema,
} from "@parley/contract";
import { reasonOfError } from "../../server/src/errors/parley-error.ts";
import { askHttp1, askHttp2 } from "../contract/ways/rest-client.ts";
import { Arrivals, type Ending } from "./arrivals.ts";
import { restEvents } from "./rest-way.ts";
import type { First, SignalInit, TlsWay } from "./tls-way.ts";
import { webSocket } from "./websocket-way.ts";

const { signal } = SignalingService.method;
const GrpcClient = grpc.makeGenericClientConstructor(
  {
    signal: {
      path: `/${SignalingService.typeName}/${signal.name}`,
      requestStream: true,
      responseStream: true,
      requestSerialize: (request) => Buffer.from(toBinary(SignalRequestSchema, request)),
      requestDeserialize: (bytes) => fromBinary(SignalRequestSchema, bytes),
      responseSerialize: (response) => Buffer.from(toBinary(SignalResponseSchema, response)),
      responseDeserialize: (bytes) => fromBinary(SignalResponseSchema, bytes),
    },
  },
  SignalingService.typeName,
);

/** Signal by the official gRPC library of Node. */
const grpcSignal: TlsWay = {
  name: "gRPC Signal (grpc-js), HTTP/2",
  open(url, ca, first) {
    const client = new GrpcClient(new URL(url).host, grpc.credentials.createSsl(Buffer.from(ca)));
    const call = client["signal"]?.call(client) as grpc.ClientDuplexStream<unknown, unknown>;
    const arrivals = new Arrivals();
    call.on("data", (response) => arrivals.push(response));
    call.on("error", () => {});
    call.on("status", (status: grpc.StatusObject) => {
      client.close();
      arrivals.end(status.code === grpc.status.OK ? { code: "OK" } : endingOf(errorOf(status)));
    });
    call.write(create(SignalRequestSchema, { body: first } as SignalInit));
    return {
      arrivals,
      async send(_token, signal) {
        call.write(create(SignalRequestSchema, signal));
      },
      cut: () => call.cancel(),
    };
  },
};

function endingOf(error: ConnectError): Ending {
  const code = Code[error.code]?.replaceAll(/(?<!^)([A-Z])/g, "_$1").toUpperCase() ?? "OK";
  const reason = reasonOfError(error);
  return reason === undefined ? { code } : { code, reason: reasonName(reason) };
}

/** The status of grpc-js with its details, which it leaves as bytes in the metadata. */
function errorOf(status: grpc.StatusObject): ConnectError {
  const trailer = new Headers({
    "grpc-status": String(status.code),
    "grpc-message": encodeURIComponent(status.details),
  });
  const details = status.metadata.get("grpc-status-details-bin")[0];
  if (details instanceof Buffer) trailer.set("grpc-status-details-bin", details.toString("base64"));
  return findTrailerError(trailer) ?? new ConnectError("no status");
}

type Protocol = typeof createConnectTransport | typeof createGrpcWebTransport | typeof createGrpcTransport;

/** Receive + SendSignals, as web pages have them. */
function halves(name: string, createTransport: Protocol, httpVersion: "1.1" | "2"): TlsWay {
  return {
    name,
    open(url, ca, first) {
      // Connections of its own: those of an earlier check may be on their way out with an earlier proxy.
      const nodeOptions = httpVersion === "2" ? { ca } : { agent: new Agent({ ca, keepAlive: true }) };
      const client = createClient(
        SignalingService,
        createTransport({ baseUrl: url, httpVersion, nodeOptions }),
      );
      const arrivals = new Arrivals();
      const abort = new AbortController();
      void read(client, first, abort.signal, arrivals);
      return {
        arrivals,
        async send(sessionToken, signal) {
          await client.sendSignals({ sessionToken, signals: [signal] });
        },
        cut: () => abort.abort(),
      };
    },
  };
}

async function read(
  client: Client<typeof SignalingService>,
  first: First,
  abort: AbortSignal,
  arrivals: Arrivals,
): Promise<void> {
  try {
    const request = create(ReceiveRequestSchema, { start: first });
    for await (const response of client.receive(request, { signal: abort })) arrivals.push(response);
    arrivals.end({ code: "OK" });
  } catch (error) {
    arrivals.end(endingOf(ConnectError.from(error)));
  }
}

export const tlsWays: readonly TlsWay[] = [
  grpcSignal,
  halves("gRPC Receive + SendSignals, HTTP/2", createGrpcTransport, "2"),
  halves("gRPC-Web Receive + SendSignals, HTTP/2", createGrpcWebTransport, "2"),
  halves("gRPC-Web Receive + SendSignals, HTTP/1.1", createGrpcWebTransport, "1.1"),
  halves("Connect Receive + SendSignals, HTTP/2", createConnectTransport, "2"),
  halves("Connect Receive + SendSignals, HTTP/1.1", createConnectTransport, "1.1"),
  restEvents("REST + events, HTTP/1.1", askHttp1),
  restEvents("REST + events, HTTP/2", askHttp2),
  webSocket,
];
