import * as connect from "@connectrpc/connect/protocol-connect";
import * as grpc from "@connectrpc/connect/protocol-grpc";
import * as grpcWeb from "@connectrpc/connect/protocol-grpc-web";
import type { StreamProtocol } from "./stream-protocol.ts";
import { connectProtocol, grpcProtocol, grpcWebProtocol, grpcWebTextProtocol } from "./stream-protocols.ts";

/** What a content type says of a call. */
export interface ContentKind {
  /** Absent for unary Connect, which has no envelopes. */
  readonly stream: StreamProtocol | undefined;
  readonly binary: boolean;
}

/** The spellings that clients use. */
const known = new Map<string, ContentKind>([
  ["application/grpc", { stream: grpcProtocol, binary: true }],
  [grpc.contentTypeProto, { stream: grpcProtocol, binary: true }],
  [grpc.contentTypeJson, { stream: grpcProtocol, binary: false }],
  ["application/grpc-web", { stream: grpcWebProtocol, binary: true }],
  [grpcWeb.contentTypeProto, { stream: grpcWebProtocol, binary: true }],
  [grpcWeb.contentTypeJson, { stream: grpcWebProtocol, binary: false }],
  ["application/grpc-web-text", { stream: grpcWebTextProtocol, binary: true }],
  [grpcWebTextProtocol.contentType(true), { stream: grpcWebTextProtocol, binary: true }],
  [grpcWebTextProtocol.contentType(false), { stream: grpcWebTextProtocol, binary: false }],
  [connect.contentTypeStreamProto, { stream: connectProtocol, binary: true }],
  [connect.contentTypeStreamJson, { stream: connectProtocol, binary: false }],
  [connect.contentTypeUnaryProto, { stream: undefined, binary: true }],
  [connect.contentTypeUnaryJson, { stream: undefined, binary: false }],
]);

/** All that are understood, for an answer to what is not. */
export const acceptedContentTypes = [...known.keys()].join(", ");

/** Reads a content type; undefined if it belongs to no protocol. */
export function contentKindOf(contentType: string | null): ContentKind | undefined {
  if (contentType === null) return undefined;
  return known.get(contentType) ?? parse(contentType);
}

/** The rarer spellings: capitals, and parameters, of which only a charset matters. */
function parse(contentType: string): ContentKind | undefined {
  const [type = "", ...parameters] = contentType.toLowerCase().split(";");
  const isUtf8 = parameters.every((parameter) => !/^\s*charset=/.test(parameter) || utf8.test(parameter));
  return isUtf8 ? known.get(type.trim()) : undefined;
}

const utf8 = /^\s*charset=("?)utf-?8\1\s*$/;
