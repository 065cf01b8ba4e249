import type { Code, ConnectError } from "@connectrpc/connect";
import { Reason } from "@parley/contract";
import { parleyError } from "../errors/parley-error.ts";
import type { FieldFailure } from "../session/attach-request.ts";
import type { Failure } from "../switchboard/failure.ts";

/** A failure as the error that ends a call. */
export function callError(failure: Failure | FieldFailure): ConnectError {
  const { reason, message, retryAfterMs } = failure;
  return parleyError(reason, message, {
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...("field" in failure ? { violations: [{ field: failure.field, description: message }] } : {}),
  });
}

/** What the wire found wrong with a message, or with a handler, as the error that ends the call. */
export function faultError(fault: {
  readonly kind: keyof typeof faultReasons;
  readonly message: string;
  readonly code?: Code | undefined;
}): ConnectError {
  const { kind, message, code } = fault;
  return parleyError(reasonOfFault(kind), message, code === undefined ? {} : { code });
}

/** The reason of what the wire found wrong. */
export function reasonOfFault(kind: keyof typeof faultReasons): Reason {
  return faultReasons[kind];
}

const faultReasons = {
  malformed: Reason.MALFORMED_MESSAGE,
  tooLarge: Reason.MESSAGE_TOO_LARGE,
  method: Reason.METHOD_UNKNOWN,
  encoding: Reason.ENCODING_UNSUPPORTED,
  header: Reason.HEADER_INVALID,
  deadline: Reason.DEADLINE_PASSED,
  origin: Reason.ORIGIN_REFUSED,
  internal: Reason.INTERNAL,
  slowReader: Reason.SLOW_READER,
  silent: Reason.HEARTBEAT_TIMEOUT,
  noSession: Reason.FIRST_MESSAGE_TIMEOUT,
  full: Reason.SERVER_FULL,
} as const;
