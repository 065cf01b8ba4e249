import type { OutgoingHttpHeaders } from "node:http";
import type { DescMethod, Registry } from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { createMethodUrl } from "@connectrpc/connect/protocol";
import type { Route } from "../rpc/call.ts";
import { acceptedContentTypes, type ContentKind, contentKindOf } from "./content-kind.ts";
import { type HttpExchange, headerOf } from "./http-exchange.ts";
import { JsonCodec } from "./json-codec.ts";
import { refuseWith } from "./refusal.ts";
import { StreamCall } from "./stream-call.ts";
import { UnaryCall } from "./unary-call.ts";
import type { Endpoint, WireContext } from "./wire-call.ts";
import { WireFault } from "./wire-error.ts";

/** A method that is served at its path. */
interface MountedMethod {
  readonly method: DescMethod;
  readonly binary: Endpoint;
  readonly json: Endpoint;
  /** Whether a cache may stand before it. */
  readonly get: boolean;
}

// The faults that have an HTTP status of their own have the status code that clients derive from it: UNKNOWN for
// 405, 415 and 505, UNIMPLEMENTED for 404.

/** Finds the method, the protocol and the codec of a request, and begins the call. */
export class Dispatcher {
  readonly #methods = new Map<string, MountedMethod>();
  readonly #context: WireContext;

  constructor(routes: readonly Route[], context: WireContext, jsonTokens: number, registry: Registry) {
    this.#context = context;
    for (const route of routes) {
      const { method, open } = route;
      this.#methods.set(createMethodUrl("/", method), {
        method,
        binary: { method, open, json: undefined, context },
        json: { method, open, json: new JsonCodec(route, registry, jsonTokens), context },
        get:
          method.methodKind === "unary" &&
          method.idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS,
      });
    }
  }

  /** Begins a call, or answers why there is none; false if this is no RPC at all. */
  dispatch(exchange: HttpExchange): boolean {
    const { target } = exchange;
    const mark = target.indexOf("?");
    const path = mark < 0 ? target : target.slice(0, mark);
    const mounted = this.#methods.get(path);
    if (mounted === undefined) return this.#answerUnknown(exchange, path);
    if (exchange.method === "POST") this.#post(exchange, mounted);
    else if (exchange.method === "GET" && mounted.get)
      this.#get(exchange, mounted, target.slice(path.length + 1));
    else {
      const allow = mounted.get ? "GET, POST" : "POST";
      const message = `${mounted.method.name} is called by ${allow.replace(", ", " or ")}`;
      this.#refuse(exchange, 405, new WireFault("method", message, Code.Unknown), { allow });
    }
    return true;
  }

  /** Refuses a request before it is looked at any further, with a status of HTTP that gRPC does not hear of. */
  refuse(exchange: HttpExchange, status: number, fault: WireFault): void {
    // gRPC looks for its status behind 200 alone.
    const streams = contentKindOf(headerOf(exchange, "content-type"))?.stream !== undefined;
    this.#refuse(exchange, streams ? 200 : status, fault);
  }

  #post(exchange: HttpExchange, mounted: MountedMethod): void {
    const { method } = mounted;
    const kind = contentKindOf(headerOf(exchange, "content-type"));
    if (kind === undefined || !carries(kind, method)) {
      const fault = wrongContentType(method, kind);
      return this.#refuse(exchange, 415, fault, { "accept-post": acceptedContentTypes });
    }
    if (exchange.httpVersion === 1 && method.methodKind === "bidi_streaming") {
      // Most of what stands between sends the response only after the request: it would wait forever.
      const fault = new WireFault("method", `${method.name} is served over HTTP/2 only`, Code.Unknown);
      return this.#refuse(exchange, 505, fault, { connection: "close" });
    }
    const endpoint = kind.binary ? mounted.binary : mounted.json;
    if (kind.stream === undefined) new UnaryCall(exchange, endpoint).beginPost();
    else new StreamCall(exchange, endpoint, kind.stream).begin();
  }

  #get(exchange: HttpExchange, mounted: MountedMethod, search: string): void {
    const query = new URLSearchParams(search);
    const encoding = query.get("encoding");
    if (encoding === "proto") new UnaryCall(exchange, mounted.binary).beginGet(query);
    else if (encoding === "json") new UnaryCall(exchange, mounted.json).beginGet(query);
    else this.#refuse(exchange, 415, new WireFault("encoding", queryEncodings, Code.Unknown));
  }

  /** A method that nobody serves. */
  #answerUnknown(exchange: HttpExchange, path: string): boolean {
    if (exchange.method !== "POST" || !rpcPath.test(path)) return false;
    // A method that is not there is a resource that is not there; but gRPC looks for its status behind 200 alone.
    const status = contentKindOf(headerOf(exchange, "content-type"))?.stream === undefined ? 404 : 200;
    this.#refuse(exchange, status, new WireFault("method", `there is no method ${path.slice(1)}`));
    return true;
  }

  #refuse(exchange: HttpExchange, status: number, fault: WireFault, headers?: OutgoingHttpHeaders): void {
    refuseWith(exchange, status, this.#context.faultError(fault), headers);
  }
}

const queryEncodings = "the encoding of the query is proto or json";

/** Connect has one content type for unary methods and another one for streams. */
function carries({ stream }: ContentKind, { methodKind }: DescMethod): boolean {
  if (stream?.name === "connect") return methodKind !== "unary";
  return stream !== undefined || methodKind === "unary";
}

/** Why a content type does not do for a method. */
function wrongContentType({ name, methodKind }: DescMethod, kind: ContentKind | undefined): WireFault {
  const message =
    kind === undefined
      ? `the content type is none of ${acceptedContentTypes}`
      : methodKind === "unary"
        ? `${name} is unary: in Connect its content type is application/json or application/proto`
        : `${name} streams: in Connect its content type is application/connect+json or application/connect+proto`;
  return new WireFault("encoding", message, Code.Unknown);
}

/** `/package.Service/Method` */
const rpcPath = /^\/[A-Za-z_][\w]*(?:\.[A-Za-z_][\w]*)+\/[A-Za-z_]\w*$/;
