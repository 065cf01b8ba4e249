import { Reason, Retry, type RetryName, reasonName } from "@parley/contract/enums";
import type { Rejected } from "@parley/contract/plain";
import { millisecondsOf } from "./duration.ts";
import { lowerCaseName } from "./enum-name.ts";

/** What to do about each of this library's own reasons; docs/errors.md takes the comments from here. */
const clientReasons = {
  /** The service could not be reached, or the stream broke. The library resumes. */
  NETWORK: "resume",
  /** No answer came in time. */
  TIMEOUT: "resume",
  /** Other tabs use all connections that the browser opens to one HTTP/1.1 service. Close some, or serve HTTPS. */
  CONNECTIONS_EXHAUSTED: "later",
  /** A numbered response is missing. The library resumes. */
  RESPONSE_GAP: "resume",
  /** A signal was sent before the session was open for the first time. */
  NOT_JOINED: "never",
  /** The caller's `AbortSignal` ended the wait. */
  ABORTED: "never",
  /** The session was closed or left by this side. */
  CLOSED: "never",
  /** WebRTC refused a description or candidate. */
  NEGOTIATION_FAILED: "never",
  /** A TURN server refuses the credentials from the service. The operator has to compare the secrets of both. */
  TURN_REFUSED: "never",
  /** Neither side of a link has added a track or a channel, so there is nothing to connect. */
  NOTHING_TO_NEGOTIATE: "never",
  /** The service gave a reason that this version does not know; the message names it. */
  OTHER: "never",
} as const satisfies Readonly<Record<string, RetryName>>;

/** The reasons that this library adds to those of the contract. */
export type ClientReason = keyof typeof clientReasons;

/** Statuses that come without a reason from something that is not the service, such as a proxy. */
export type ForeignReason =
  | "INVALID_ARGUMENT"
  | "FAILED_PRECONDITION"
  | "UNAUTHENTICATED"
  | "PERMISSION_DENIED"
  | "UNIMPLEMENTED";

/** Every `SignalingError.reason`: those of the contract (docs/errors.md), of this library, and of others. */
export type SignalingReason = Exclude<keyof typeof Reason, "UNSPECIFIED"> | ClientReason | ForeignReason;

/** What a `SignalingError` is made from. */
export interface SignalingErrorInit {
  readonly retry: RetryName;
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** Everything this library throws, rejects with, and reports in events. */
export class SignalingError extends Error {
  override readonly name = "SignalingError";
  /** Why, as a value that code can switch over. */
  readonly reason: SignalingReason;
  /** What there is to do about it; see `Retry` of the contract. */
  readonly retry: RetryName;
  /** How long the server asks to wait, in milliseconds. */
  readonly retryAfterMs?: number;

  constructor(reason: SignalingReason, message: string, init: SignalingErrorInit) {
    super(message, init.cause === undefined ? undefined : { cause: init.cause });
    this.reason = reason;
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
  return new SignalingError(reason, message, { retry: clientReasons[reason], cause });
}

/** A rejection as an error. What to do about it is in the rejection, so that it holds for reasons of later versions. */
export function rejectionError({ reason, message, retry, retryAfter }: Rejected): SignalingError {
  return serviceError(reasonName(reason), message, {
    retry: lowerCaseName(Retry, retry) ?? "never",
    retryAfterMs: retryAfter && millisecondsOf(retryAfter),
  });
}

/** An error for a reason that the service gave by name. One of a later version is named in the message. */
export function serviceError(name: string, message: string, init: SignalingErrorInit): SignalingError {
  return isKnown(name)
    ? new SignalingError(name, message, init)
    : new SignalingError("OTHER", `${name}: ${message}`, init);
}

/** Whatever a transport threw: what is no `SignalingError` broke on the way. */
export function errorOf(thrown: unknown): SignalingError {
  if (thrown instanceof SignalingError) return thrown;
  return clientError("NETWORK", thrown instanceof Error ? thrown.message : String(thrown), thrown);
}

/** Whether this version knows a reason of the contract. */
function isKnown(name: string): name is SignalingReason {
  return Object.hasOwn(Reason, name) && name !== "UNSPECIFIED";
}
