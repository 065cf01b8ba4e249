import type { DescMessage, DescMethod, JsonValue } from "@bufbuild/protobuf";
import type { ConnectError } from "@connectrpc/connect";
import type { Caller } from "../admission/caller.ts";

/**
 * One RPC as its handler sees it, whatever the protocol (gRPC, gRPC-Web, Connect, REST), the codec (binary,
 * JSON), the compression and the version of HTTP. Messages are binary protobuf in both directions: the
 * wire transcodes JSON.
 */
export interface Call {
  readonly method: DescMethod;
  /** Who calls; absent if nothing limits its address. */
  readonly caller?: Caller | undefined;
  /** Reports that the connection carries a session, or has shown the token of one, and so may stay. */
  prove?(): void;
  /** The request's `Authorization` header, until the response has begun. */
  readonly authorization?: string | undefined;
  readonly protocol: "grpc" | "grpc-web" | "connect" | "rest";
  /** The request's headers. Throws if they are first asked for after the response has begun. */
  readonly requestHeader: Headers;
  /** Sent with the first message, or with the end. */
  readonly responseHeader: Headers;
  /** Sent with the end. */
  readonly responseTrailer: Headers;
  /** True once the response is over: by `end`, or because the client went. */
  readonly ended: boolean;

  /**
   * Queues one encoded message of `method.output`, whose bytes are `head` followed by `rest`. They are copied, so
   * the caller may use their memory again. All messages of one callback leave in one write, on HTTP/1.1 those of
   * a whole turn of the event loop. No effect once the call has ended.
   *
   * Returns false when the client does not keep up: stop, and go on at `CallHandler.drain`.
   */
  write(head: Uint8Array, rest?: Uint8Array): boolean;

  /** Ends the call, with OK or with an error, after what is queued. No effect the second time. */
  end(error?: ConnectError): void;

  /** Stops reading requests until `resume`: backpressure toward the client. */
  pause(): void;
  resume(): void;
}

/** What a handler learns about its call. Nothing follows `closed`. */
export interface CallHandler {
  /** The bytes that the next message may have, inflated, if fewer than the wire takes. */
  readonly messageBytes?: number;
  /**
   * Looks at the first bytes of a long message before the rest is taken, inflated or decoded: once, and only if the
   * message is longer than `WireContext.headBytes`. An error ends the call. `json` is true if they are JSON.
   */
  vet?(head: Uint8Array, json: boolean): ConnectError | undefined;
  /** One encoded message of `method.input`. The bytes are the wire's; copy what is kept beyond the call. */
  message(bytes: Uint8Array): void;
  /** The client has sent all its messages. The handler may still answer. */
  halfClose(): void;
  /** The client keeps up again, after `write` returned false. */
  drain(): void;
  /**
   * The call is over, and nothing can be written any more. Called exactly once for each call. `error` is
   * absent when the handler ended it, and says why otherwise: cancelled, connection lost, deadline passed,
   * or a message that could not be read (the wire has answered that by itself).
   */
  closed(error?: ConnectError): void;
}

/** Begins a call. Whatever it throws ends the call with that error. */
export type OpenCall = (call: Call) => CallHandler;

/** Encodes JSON as a message; throws if it is not one. */
export type JsonToBinary = (desc: DescMessage, json: JsonValue) => Uint8Array;

/** Saves what can be read of JSON that is not a whole `method.input`; undefined if nothing can be. */
export type Salvage = (json: JsonValue, toBinary: JsonToBinary) => Uint8Array | undefined;

/** A method that the wire serves, and who serves it. */
export interface Route {
  readonly method: DescMethod;
  readonly open: OpenCall;
  /** Absent if a request in JSON is taken as a whole or not at all. */
  readonly salvage?: Salvage;
}
