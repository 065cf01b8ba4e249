import { Code, ConnectError } from "@connectrpc/connect";
import type { CutCause } from "../net/cut-cause.ts";

/**
 * What went wrong before or beside a handler:
 *
 * - `malformed`: bytes that are not the message, or not the number of messages, that the method takes;
 * - `tooLarge`: a message beyond the limit;
 * - `method`: no such method, or not over this version or with this method of HTTP;
 * - `encoding`: a content type or a compression that is not spoken here;
 * - `header`: a header of the protocol that cannot be read;
 * - `deadline`: the client's own deadline passed;
 * - `origin`: a web page, or a host name, that is not allowed here;
 * - `internal`: a handler failed.
 *
 * Or why this node broke the stream off.
 */
export type FaultKind = keyof typeof codes;

/** What ends a call without its handler's doing. Which error that becomes, the owner of the port decides. */
export class WireFault extends Error {
  override readonly name = "WireFault";
  readonly kind: FaultKind;
  /** The status code, if the protocol asks for another one than the kind has. */
  readonly code: Code | undefined;

  constructor(kind: FaultKind, message: string, code?: Code) {
    // JSON.parse quotes what it cannot read, and may quote half a surrogate pair.
    super(message.toWellFormed());
    this.kind = kind;
    this.code = code;
  }
}

/** The client sent what no rule of its protocol allows. */
export function malformed(message: string): WireFault {
  return new WireFault("malformed", message);
}

/** Too many messages, or too few: gRPC has a status code for it (doc/statuscodes.md). */
export function wrongCount(message: string): WireFault {
  return new WireFault("malformed", message, Code.Unimplemented);
}

/** @param limit in bytes, decompressed. */
export function tooLarge(limit: number, what = "a message"): WireFault {
  return new WireFault("tooLarge", `${what} has at most ${limit} bytes`);
}

/** What the parser of a protocol found wrong with a header. */
export function headerFault({ rawMessage }: ConnectError): WireFault {
  return new WireFault("header", rawMessage);
}

/** What the negotiation of a compression ended in. */
export function encodingFault({ rawMessage }: ConnectError): WireFault {
  return new WireFault("encoding", rawMessage);
}

/** The client's deadline passed. */
export function deadlinePassed(): WireFault {
  return new WireFault("deadline", "the deadline of the call passed");
}

/** What a client learns of an error that was not meant for it. */
export function internal(): WireFault {
  return new WireFault("internal", "internal error");
}

const codes = {
  malformed: Code.InvalidArgument,
  tooLarge: Code.ResourceExhausted,
  method: Code.Unimplemented,
  encoding: Code.Unimplemented,
  header: Code.InvalidArgument,
  deadline: Code.DeadlineExceeded,
  origin: Code.PermissionDenied,
  internal: Code.Internal,
  slowReader: Code.ResourceExhausted,
  silent: Code.DeadlineExceeded,
  noSession: Code.DeadlineExceeded,
  full: Code.ResourceExhausted,
} as const;

/** The bare error of a fault: a code, and no details. */
export function faultError({ kind, message, code = codes[kind] }: WireFault): ConnectError {
  return new ConnectError(message, code);
}

/** This node broke the stream off. */
export function cutOff(cause: CutCause): WireFault {
  return new WireFault(cause, "the client was cut off");
}

/** The client went, or its connection did. */
export function gone(): ConnectError {
  return new ConnectError("the client has gone", Code.Canceled);
}

/** The text of anything thrown, for people. */
export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
