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

/** Reads a content type; undefined where it belongs to no protocol. */
export function contentKindOf(contentType: string | null): ContentKind | undefined {
  if (contentType === null) return undefined;
  return known.get(contentType) ?? parse(contentType);
}

/** The rarer spellings: capitals, a charset. */
function parse(contentType: string): ContentKind | undefined {
  const web = grpcWeb.parseContentType(contentType);
  if (web !== undefined) {
    return { stream: web.text ? grpcWebTextProtocol : grpcWebProtocol, binary: web.binary };
  }
  const plain = grpc.parseContentType(contentType);
  if (plain !== undefined) return { stream: grpcProtocol, binary: plain.binary };
  const { stream, binary } = connect.parseContentType(contentType) ?? {};
  if (binary === undefined) return undefined;
  return { stream: stream ? connectProtocol : undefined, binary };
}
