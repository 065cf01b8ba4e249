import { Code, ConnectError } from "@connectrpc/connect";

/** What ends a call without its handler's saying so. Which error that becomes, the owner of the port may say. */
export class WireFault extends Error {
  override readonly name = "WireFault";
  readonly kind: "malformed" | "tooLarge" | "internal";

  constructor(kind: WireFault["kind"], message: string) {
    super(message);
    this.kind = kind;
  }
}

/** The client sent what no rule of its protocol allows. */
export function malformed(message: string): WireFault {
  return new WireFault("malformed", message);
}

/** @param limit in bytes, decompressed. */
export function tooLarge(limit: number): WireFault {
  return new WireFault("tooLarge", `a message has at most ${limit} bytes`);
}

const codes = {
  malformed: Code.InvalidArgument,
  tooLarge: Code.ResourceExhausted,
  internal: Code.Internal,
} as const;

/** The bare error of a fault: a code, and no details. */
export function faultError({ kind, message }: WireFault): ConnectError {
  return new ConnectError(message, codes[kind]);
}

/** The client went, or its connection did. */
export function gone(): ConnectError {
  return new ConnectError("the client has gone", Code.Canceled);
}

export function deadlinePassed(): ConnectError {
  return new ConnectError("the deadline has passed", Code.DeadlineExceeded);
}

/** What a client is told of an error that was not meant for it. */
export function internal(): WireFault {
  return new WireFault("internal", "internal error");
}

/** The text of anything thrown, for people. */
export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
