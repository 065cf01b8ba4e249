import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { findTrailerError } from "@connectrpc/connect/protocol-grpc";
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import * as grpc from "@grpc/grpc-js";
import {
  type SignalRequest,
  SignalRequestSchema,
  type SignalResponse,
  SignalResponseSchema,
} from "@parley/contract";
import { bidiTransport } from "../../../client-web/src/connect.ts";
import type { SessionStream, SessionTransport } from "../../../client-web/src/index.ts";
import { connectErrorOf } from "../../../client-web/src/transport/connect-error.ts";

/** A channel that the sessions of a backend share: its connection stays from stream to stream. */
export interface SharedChannel extends Disposable {
  readonly transport: SessionTransport;
}

/** connect-node over one HTTP/2 session manager. */
export function connectNodeChannel(baseUrl: string, ca: string): SharedChannel {
  const sessionManager = new Http2SessionManager(baseUrl, {}, { ca });
  const transport = bidiTransport({ transport: createGrpcTransport({ baseUrl, sessionManager }) });
  return { transport, [Symbol.dispose]: () => sessionManager.abort() };
}

/** grpc-js with keepalive, which loses its streams at the first ping after a GOAWAY. */
export function grpcJsChannel(baseUrl: string, ca: string): SharedChannel {
  const client = new grpc.Client(new URL(baseUrl).host, grpc.credentials.createSsl(Buffer.from(ca)), {
    "grpc.keepalive_time_ms": 3000,
  });
  return {
    transport: {
      open: (init) => openGrpcJs(client, init),
      sendLast: () => Promise.reject(new Error("not used here")),
    },
    [Symbol.dispose]: () => client.close(),
  };
}

function openGrpcJs(client: grpc.Client, init: Parameters<SessionTransport["open"]>[0]): SessionStream {
  const call = client.makeBidiStreamRequest(
    "/parley.v1.SignalingService/Signal",
    (request: SignalRequest) => Buffer.from(toBinary(SignalRequestSchema, request)),
    (bytes: Buffer): SignalResponse => fromBinary(SignalResponseSchema, bytes),
  );
  let closed = false;
  call.on("data", (response: SignalResponse) => {
    if (!closed) init.response(response);
  });
  // "status" reports it as well; without a listener it would end the process.
  call.on("error", () => {});
  call.on("status", (status: grpc.StatusObject) => {
    if (closed) return;
    closed = true;
    init.end(status.code === grpc.status.OK ? undefined : connectErrorOf(withDetails(status)));
  });
  call.write(create(SignalRequestSchema, { body: init.start }));
  return {
    async send(batch) {
      for (const request of batch) call.write(create(SignalRequestSchema, request));
      return undefined;
    },
    close() {
      closed = true;
      call.cancel();
    },
  };
}

/** The status of grpc-js with its details, which it leaves as bytes in the metadata. */
function withDetails({ code, details, metadata }: grpc.StatusObject): ConnectError {
  const trailer = new Headers({ "grpc-status": String(code), "grpc-message": encodeURIComponent(details) });
  const bytes = metadata.get("grpc-status-details-bin")[0];
  if (bytes instanceof Buffer) trailer.set("grpc-status-details-bin", bytes.toString("base64"));
  return findTrailerError(trailer) ?? new ConnectError(details, Code.Unknown);
}
