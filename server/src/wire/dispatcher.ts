import type { DescMethod, Registry } from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { createMethodUrl } from "@connectrpc/connect/protocol";
import { contentTypeUnaryJson, errorToJsonBytes } from "@connectrpc/connect/protocol-connect";
import type { Route } from "../rpc/call.ts";
import { byteString } from "./byte-string.ts";
import { acceptedContentTypes, type ContentKind, contentKindOf } from "./content-kind.ts";
import { type Exchange, headerOf, refuse } from "./exchange.ts";
import { JsonCodec } from "./json-codec.ts";
import { Outbox } from "./outbox.ts";
import { StreamCall } from "./stream-call.ts";
import { UnaryCall } from "./unary-call.ts";
import type { Endpoint, WireContext } from "./wire-call.ts";

/** A method at its path. */
interface Place {
  readonly method: DescMethod;
  readonly binary: Endpoint;
  readonly json: Endpoint;
  /** Whether a cache may stand before it. */
  readonly get: boolean;
}

/** Finds the method, the protocol and the codec of a request, and begins the call. */
export class Dispatcher {
  readonly #places = new Map<string, Place>();

  constructor(routes: readonly Route[], context: WireContext, registry: Registry) {
    for (const { method, open } of routes) {
      this.#places.set(createMethodUrl("/", method), {
        method,
        binary: { method, open, json: undefined, context },
        json: { method, open, json: new JsonCodec(method, registry), context },
        get:
          method.methodKind === "unary" &&
          method.idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS,
      });
    }
  }

  /** Begins a call, or answers why there is none; false where this is no RPC at all. */
  dispatch(exchange: Exchange): boolean {
    const { target } = exchange;
    const mark = target.indexOf("?");
    const path = mark < 0 ? target : target.slice(0, mark);
    const place = this.#places.get(path);
    if (place === undefined) return answerUnknown(exchange, path);
    if (exchange.method === "POST") post(exchange, place);
    else if (exchange.method === "GET" && place.get) get(exchange, place, target.slice(path.length + 1));
    else refuse(exchange, 405, { allow: place.get ? "GET, POST" : "POST" });
    return true;
  }
}

function post(exchange: Exchange, place: Place): void {
  const { method } = place;
  const kind = contentKindOf(headerOf(exchange, "content-type"));
  if (kind === undefined || !carries(kind, method)) {
    return refuse(exchange, 415, { "accept-post": acceptedContentTypes });
  }
  if (exchange.httpVersion === 1 && method.methodKind === "bidi_streaming") {
    // Most of what stands between sends the response only after the request: it would wait for ever.
    return refuse(exchange, 505, { connection: "close" });
  }
  const endpoint = kind.binary ? place.binary : place.json;
  if (kind.stream === undefined) new UnaryCall(exchange, endpoint).beginPost();
  else new StreamCall(exchange, endpoint, kind.stream).begin();
}

/** Connect has one content type for unary methods and another one for streams. */
function carries({ stream }: ContentKind, { methodKind }: DescMethod): boolean {
  if (stream?.name === "connect") return methodKind !== "unary";
  return stream !== undefined || methodKind === "unary";
}

function get(exchange: Exchange, place: Place, search: string): void {
  const query = new URLSearchParams(search);
  const encoding = query.get("encoding");
  if (encoding === "proto") new UnaryCall(exchange, place.binary).beginGet(query);
  else if (encoding === "json") new UnaryCall(exchange, place.json).beginGet(query);
  else refuse(exchange, 415);
}

/** `/package.Service/Method` */
const rpcPath = /^\/[A-Za-z_][\w]*(?:\.[A-Za-z_][\w]*)+\/[A-Za-z_]\w*$/;

/** A method that nobody serves, asked for in a known protocol. */
function answerUnknown(exchange: Exchange, path: string): boolean {
  if (exchange.method !== "POST" || !rpcPath.test(path)) return false;
  const kind = contentKindOf(headerOf(exchange, "content-type"));
  if (kind === undefined) return false;
  const error = new ConnectError(`there is no method ${path.slice(1)}`, Code.Unimplemented);
  if (kind.stream === undefined) {
    // Not the status of the code: a method that is not there is a resource that is not there.
    exchange.head(404, { "content-type": contentTypeUnaryJson });
    exchange.end(byteString(errorToJsonBytes(error, undefined)));
    return true;
  }
  const { flags, body, trailers } = kind.stream.end(error, undefined);
  exchange.head(200, { "content-type": kind.stream.contentType(kind.binary), ...trailers });
  const outbox = new Outbox();
  if (body !== undefined) outbox.add(flags, body);
  exchange.end(outbox.take());
  return true;
}
