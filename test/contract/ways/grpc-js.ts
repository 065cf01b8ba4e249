import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { ConnectError } from "@connectrpc/connect";
import { findTrailerError } from "@connectrpc/connect/protocol-grpc";
import * as grpc from "@grpc/grpc-js";
import {
  SignalingService,
  type SignalRequest,
  SignalRequestSchema,
  type SignalResponse,
  SignalResponseSchema,
} from "@parley/contract";
import { Inbox } from "./inbox.ts";
import {
  type Bearer,
  bearerHeaders,
  firstRequest,
  requestOf,
  type Stream,
  statusOf,
  type Way,
} from "./way.ts";

const path = `/${SignalingService.typeName}/${SignalingService.method.signal.name}`;
const serialize = (request: SignalRequest | Buffer): Buffer =>
  Buffer.isBuffer(request) ? request : Buffer.from(toBinary(SignalRequestSchema, request));
const deserialize = (bytes: Buffer): SignalResponse => fromBinary(SignalResponseSchema, bytes);

/** Signal by the official gRPC library of Node, which shares nothing with the server. */
export const grpcJs: Way = {
  name: "gRPC with grpc-js, HTTP/2",
  form: "signal",
  open(url, first, bearer) {
    const { call, stream } = openCall(url, bearer);
    call.write(first.case === "garbage" ? Buffer.from("not a message") : firstRequest(first));
    return stream;
  },
  openSilent: (url) => openCall(url).stream,
};

function openCall(url: string, bearer?: Bearer) {
  const client = new grpc.Client(new URL(url).host, grpc.credentials.createInsecure());
  const metadata = new grpc.Metadata();
  for (const [name, value] of Object.entries(bearerHeaders(bearer))) metadata.set(name, value);
  const call = client.makeBidiStreamRequest(path, serialize, deserialize, metadata);
  const inbox = new Inbox();
  let cut = false;
  call.on("data", (response: SignalResponse) => {
    inbox.push(response);
    call.pause();
    void inbox.flowing().then(() => call.resume());
  });
  // Reported by "status" as well; without a listener it would end the process.
  call.on("error", () => {});
  call.on("status", (status: grpc.StatusObject) => {
    client.close();
    if (cut) return inbox.end({ code: "CUT" });
    if (status.code === grpc.status.OK) return inbox.end({ code: "OK" });
    inbox.end(statusOf(errorOf(status)));
  });
  const stream: Stream = {
    inbox,
    async send(_token, ...signals) {
      for (const each of signals) call.write(requestOf(each));
    },
    halfClose: () => call.end(),
    cut() {
      cut = true;
      inbox.release();
      call.cancel();
    },
  };
  return { call, stream };
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
