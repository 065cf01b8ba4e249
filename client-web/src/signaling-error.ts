import { Code, ConnectError } from "@connectrpc/connect";
import {
  ERROR_DOMAIN,
  ErrorInfoSchema,
  Reason,
  type Rejected,
  RetryInfoSchema,
  type RetryName,
  reasonEntry,
  reasonName,
  reasonOf,
} from "@parley/contract";
import { millisecondsOf } from "./duration.ts";

/**
 * The reasons that this library adds to those of the contract:
 *
 * - `NETWORK`: the service could not be reached, or the stream broke.
 * - `TIMEOUT`: no answer came in time.
 * - `RESPONSE_GAP`: a numbered response is missing; the library resumes.
 * - `NOT_JOINED`: a signal was sent before the session was open for the first time.
 * - `ABORTED`: the caller's `AbortSignal` gave the join up.
 * - `CLOSED`: the session was closed or left by the caller.
 * - `NEGOTIATION_FAILED`: WebRTC refused a description or candidate.
 * - `NOTHING_TO_NEGOTIATE`: neither side of a link has added a track or a channel, so there is nothing to connect.
 */
export type ClientReason =
  | "NETWORK"
  | "TIMEOUT"
  | "RESPONSE_GAP"
  | "NOT_JOINED"
  | "ABORTED"
  | "CLOSED"
  | "NEGOTIATION_FAILED"
  | "NOTHING_TO_NEGOTIATE";

const clientReasons: Readonly<Record<ClientReason, { code: string; retry: RetryName }>> = {
  NETWORK: { code: "UNAVAILABLE", retry: "resume" },
  TIMEOUT: { code: "DEADLINE_EXCEEDED", retry: "resume" },
  RESPONSE_GAP: { code: "DATA_LOSS", retry: "resume" },
  NOT_JOINED: { code: "FAILED_PRECONDITION", retry: "never" },
  ABORTED: { code: "CANCELLED", retry: "never" },
  CLOSED: { code: "CANCELLED", retry: "never" },
  NEGOTIATION_FAILED: { code: "ABORTED", retry: "never" },
  NOTHING_TO_NEGOTIATE: { code: "FAILED_PRECONDITION", retry: "never" },
};

/** What a `SignalingError` is made from. */
export interface SignalingErrorInit {
  readonly code: string;
  readonly retry: RetryName;
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** Everything this library throws, rejects with, and tells in events. */
export class SignalingError extends Error {
  override readonly name = "SignalingError";
  /** UPPER_SNAKE_CASE: a reason of the contract (docs/errors.md), or a `ClientReason`. */
  readonly reason: string;
  /** The gRPC status code, by its name in the gRPC specification. */
  readonly code: string;
  /** What there is to do about it; see `Retry` of the contract. */
  readonly retry: RetryName;
  /** How long the server asks to wait, in milliseconds. */
  readonly retryAfterMs?: number;

  constructor(reason: string, message: string, init: SignalingErrorInit) {
    super(message, init.cause === undefined ? undefined : { cause: init.cause });
    this.reason = reason;
    this.code = init.code;
    this.retry = init.retry;
    if (init.retryAfterMs !== undefined) this.retryAfterMs = init.retryAfterMs;
  }

  /** Whether trying again makes sense: the same thing later, or by a resumed or new session. */
  shouldRetry(): boolean {
    return this.retry !== "never";
  }
}

/** An error of this library's own making. */
export function clientError(reason: ClientReason, message: string, cause?: unknown): SignalingError {
  return new SignalingError(reason, message, { ...clientReasons[reason], cause });
}

/** A reason of the contract as an error. */
export function contractError(reason: Reason, message: string, retryAfterMs?: number): SignalingError {
  return new SignalingError(reasonName(reason), message, { ...reasonEntry(reason), retryAfterMs });
}

/** A rejection as an error. */
export function rejectionError({ reason, message, retryAfter }: Rejected): SignalingError {
  return contractError(reason, message, retryAfter && millisecondsOf(retryAfter));
}

/** Whatever a call of Connect threw, as an error that knows its reason. */
export function errorOf(thrown: unknown): SignalingError {
  if (thrown instanceof SignalingError) return thrown;
  const error = ConnectError.from(thrown, Code.Unavailable);
  const info = error.findDetails(ErrorInfoSchema).find(({ domain }) => domain === ERROR_DOMAIN);
  const delay = error.findDetails(RetryInfoSchema)[0]?.retryDelay;
  const retryAfterMs = delay && millisecondsOf(delay);
  const code = statusName(error.code);
  if (info !== undefined) {
    const known = reasonOf(info.reason);
    // A reason of a later version: its status code still tells what there is to do.
    const retry = known === Reason.UNSPECIFIED ? retryOf(error.code) : reasonEntry(known).retry;
    return new SignalingError(info.reason, error.rawMessage, { code, retry, retryAfterMs, cause: thrown });
  }
  const retry = retryOf(error.code);
  return new SignalingError(retry === "never" ? code : "NETWORK", error.rawMessage, {
    code,
    retry,
    retryAfterMs,
    cause: thrown,
  });
}

/** What to do about a status that came without a reason: from a proxy, or from a broken connection. */
function retryOf(code: Code): RetryName {
  switch (code) {
    case Code.InvalidArgument:
    case Code.FailedPrecondition:
    case Code.Unauthenticated:
    case Code.PermissionDenied:
    case Code.Unimplemented:
      return "never";
    default:
      return "resume";
  }
}

function statusName(code: Code): string {
  // Connect spells it with one L.
  if (code === Code.Canceled) return "CANCELLED";
  return Code[code].replace(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase();
}
