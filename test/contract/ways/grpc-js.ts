import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { ConnectError } from "@connectrpc/connect";
import { findTrailerError } from "@connectrpc/connect/protocol-grpc";
import * as grpc from "@grpc/grpc-js";
import { SignalingService, SignalRequestSchema, SignalResponseSchema } from "@parley/contract";
import { Inbox, requestOf, statusOf, type Way } from "./way.ts";

const { signal } = SignalingService.method;
const Client = grpc.makeGenericClientConstructor(
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

/** Signal by the official gRPC library of Node, which shares nothing with the server. */
export const grpcJs: Way = {
  name: "gRPC by grpc-js, HTTP/2",
  open(url, first) {
    const client = new Client(new URL(url).host, grpc.credentials.createInsecure());
    const call = client["signal"]?.call(client) as grpc.ClientDuplexStream<unknown, unknown>;
    const inbox = new Inbox();
    let cut = false;
    call.on("data", (response) => inbox.push(response));
    call.on("error", () => {});
    call.on("status", (status: grpc.StatusObject) => {
      client.close();
      if (cut) return inbox.end({ code: "CUT" });
      if (status.code === grpc.status.OK) return inbox.end({ code: "OK" });
      inbox.end(statusOf(errorOf(status)));
    });
    call.write(requestOf({ body: first } as Parameters<typeof requestOf>[0]));
    return {
      next: () => inbox.next(),
      ended: inbox.ended,
      async send(_token, ...signals) {
        for (const each of signals) call.write(requestOf(each));
      },
      cut() {
        cut = true;
        call.cancel();
      },
    };
  },
};

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
