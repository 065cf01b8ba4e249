import { Code, ConnectError } from "@connectrpc/connect";
import { Reason } from "@parley/contract";
import { parleyError } from "../errors/parley-error.ts";

/** The client sent what no rule of its protocol allows. */
export function malformed(message: string): ConnectError {
  return parleyError(Reason.MALFORMED_MESSAGE, message);
}

/** @param limit in bytes, decompressed. */
export function tooLarge(limit: number): ConnectError {
  return parleyError(Reason.MESSAGE_TOO_LARGE, `a message has at most ${limit} bytes`);
}

/** The client went, or its connection did. */
export function gone(): ConnectError {
  return new ConnectError("the client has gone", Code.Canceled);
}

export function deadlinePassed(): ConnectError {
  return new ConnectError("the deadline has passed", Code.DeadlineExceeded);
}

/** What a client is told of an error that was not meant for it. */
export function internal(): ConnectError {
  return new ConnectError("internal error", Code.Internal);
}

/** The text of anything thrown, for people. */
export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
