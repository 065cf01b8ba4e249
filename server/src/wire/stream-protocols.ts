import type { OutgoingHttpHeaders } from "node:http";
import type { ConnectError } from "@connectrpc/connect";
import * as connect from "@connectrpc/connect/protocol-connect";
import * as grpc from "@connectrpc/connect/protocol-grpc";
import * as grpcWeb from "@connectrpc/connect/protocol-grpc-web";
import { grpcMessage } from "./grpc-message.ts";
import { addHeaders } from "./headers.ts";
import type { StreamEnd, StreamProtocol } from "./stream-protocol.ts";

/** gRPC over HTTP/2 (github.com/grpc/grpc, doc/PROTOCOL-HTTP2.md): the end is sent as HTTP trailers. */
export const grpcProtocol: StreamProtocol = {
  name: "grpc",
  timeoutHeader: grpc.headerTimeout.toLowerCase(),
  encodingHeader: grpc.headerEncoding.toLowerCase(),
  acceptEncodingHeader: grpc.headerAcceptEncoding.toLowerCase(),
  trailers: true,
  text: false,
  contentType: (binary) => (binary ? grpc.contentTypeProto : grpc.contentTypeJson),
  parseTimeout: grpc.parseTimeout,
  end(error, trailer) {
    if (error === undefined && trailer === undefined) return grpcOk;
    const trailers: OutgoingHttpHeaders = {};
    addHeaders(trailers, statusOf(error, trailer));
    return { flags: 0, trailers };
  },
};

/** gRPC-Web (doc/PROTOCOL-WEB.md), for those who cannot read HTTP trailers: they are the last envelope. */
export const grpcWebProtocol: StreamProtocol = {
  name: "grpc-web",
  timeoutHeader: grpcProtocol.timeoutHeader,
  encodingHeader: grpcProtocol.encodingHeader,
  acceptEncodingHeader: grpcProtocol.acceptEncodingHeader,
  trailers: false,
  text: false,
  contentType: (binary) => (binary ? grpcWeb.contentTypeProto : grpcWeb.contentTypeJson),
  parseTimeout: grpc.parseTimeout,
  end: (error, trailer) => ({
    flags: grpcWeb.trailerFlag,
    body: grpcWeb.trailerSerialize(statusOf(error, trailer)),
  }),
};

/**
 * gRPC-Web as text: the same in base64, in both directions. The official client speaks it by default, and streams
 * in no other form, since XMLHttpRequest hands out text as it comes, and bytes only at the end.
 */
export const grpcWebTextProtocol: StreamProtocol = {
  ...grpcWebProtocol,
  text: true,
  contentType: (binary) => `application/grpc-web-text+${binary ? "proto" : "json"}`,
};

/** Streams of Connect (connectrpc.com/docs/protocol): the last envelope is JSON. */
export const connectProtocol: StreamProtocol = {
  name: "connect",
  timeoutHeader: connect.headerTimeout.toLowerCase(),
  encodingHeader: connect.headerStreamEncoding.toLowerCase(),
  acceptEncodingHeader: connect.headerStreamAcceptEncoding.toLowerCase(),
  trailers: false,
  text: false,
  contentType: (binary) => (binary ? connect.contentTypeStreamProto : connect.contentTypeStreamJson),
  parseTimeout: connect.parseTimeout,
  end: (error, trailer) => ({
    flags: connect.endStreamFlag,
    body: Buffer.from(JSON.stringify(connect.endStreamToJson(trailer ?? new Headers(), error, undefined))),
  }),
};

const grpcOk: StreamEnd = {
  flags: 0,
  trailers: { [grpc.headerGrpcStatus.toLowerCase()]: grpc.grpcStatusOk },
};

/** The status as the headers that gRPC has for it. */
export function statusOf(error: ConnectError | undefined, trailer?: Headers): Headers {
  const status = grpc.setTrailerStatus(trailer ?? new Headers(), error);
  // Connect encodes it as the component of a URL, which tools that print it as it is make hard to read.
  if (error !== undefined) status.set(grpc.headerGrpcMessage, grpcMessage(error.rawMessage));
  return status;
}
