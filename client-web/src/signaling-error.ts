import {
  Reason,
  type Rejected,
  Retry,
  type RetryName,
  reasonEntry,
  reasonName,
} from "@parley/contract/plain";
import { millisecondsOf } from "./duration.ts";

/** What the codes and remedies of this library's own reasons are; docs/errors.md takes the comments from here. */
const clientReasons = {
  /** The service could not be reached, or the stream broke. The library resumes. */
  NETWORK: { code: "UNAVAILABLE", retry: "resume" },
  /** No answer came in time. */
  TIMEOUT: { code: "DEADLINE_EXCEEDED", retry: "resume" },
  /** Other tabs use all connections that the browser opens to one HTTP/1.1 service. Close some, or serve HTTPS. */
  CONNECTIONS_EXHAUSTED: { code: "RESOURCE_EXHAUSTED", retry: "later" },
  /** A numbered response is missing. The library resumes. */
  RESPONSE_GAP: { code: "DATA_LOSS", retry: "resume" },
  /** A signal was sent before the session was open for the first time. */
  NOT_JOINED: { code: "FAILED_PRECONDITION", retry: "never" },
  /** The caller's `AbortSignal` ended the wait. */
  ABORTED: { code: "CANCELLED", retry: "never" },
  /** The session was closed or left by this side. */
  CLOSED: { code: "CANCELLED", retry: "never" },
  /** WebRTC refused a description or candidate. */
  NEGOTIATION_FAILED: { code: "ABORTED", retry: "never" },
  /** Neither side of a link has added a track or a channel, so there is nothing to connect. */
  NOTHING_TO_NEGOTIATE: { code: "FAILED_PRECONDITION", retry: "never" },
  /** The service gave a reason that this version does not know; the message names it. */
  OTHER: { code: "UNKNOWN", retry: "never" },
} as const satisfies Readonly<Record<string, { code: string; retry: RetryName }>>;

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
  readonly code: string;
  readonly retry: RetryName;
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** Everything this library throws, rejects with, and reports in events. */
export class SignalingError extends Error {
  override readonly name = "SignalingError";
  /** Why, as a value that code can switch over. */
  readonly reason: SignalingReason;
  /** The gRPC status code, by its name in the gRPC specification. */
  readonly code: string;
  /** What there is to do about it; see `Retry` of the contract. */
  readonly retry: RetryName;
  /** How long the server asks to wait, in milliseconds. */
  readonly retryAfterMs?: number;

  constructor(reason: SignalingReason, message: string, init: SignalingErrorInit) {
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
  const name = knownReason(reasonName(reason));
  const text = name === "OTHER" ? `${reasonName(reason)}: ${message}` : message;
  return new SignalingError(name, text, { ...reasonEntry(reason), retryAfterMs });
}

/** A rejection as an error. What to do about it is in the rejection, so that it holds for reasons of later versions. */
export function rejectionError({ reason, message, retry, retryAfter }: Rejected): SignalingError {
  const error = contractError(reason, message, retryAfter && millisecondsOf(retryAfter));
  const name = retryNames[retry];
  return name === undefined
    ? error
    : new SignalingError(error.reason, error.message, { ...error, retry: name });
}

const retryNames: Partial<Record<Retry, RetryName>> = {
  [Retry.NEVER]: "never",
  [Retry.LATER]: "later",
  [Retry.RESUME]: "resume",
  [Retry.REJOIN]: "rejoin",
};

/** Whatever a transport threw: what is no `SignalingError` broke on the way. */
export function errorOf(thrown: unknown): SignalingError {
  if (thrown instanceof SignalingError) return thrown;
  return clientError("NETWORK", thrown instanceof Error ? thrown.message : String(thrown), thrown);
}

/** A name of the contract that this version knows; "OTHER" for any other. */
export function knownReason(name: string): SignalingReason {
  return Object.hasOwn(Reason, name) && name !== "UNSPECIFIED"
    ? (name as keyof typeof Reason & SignalingReason)
    : "OTHER";
}
