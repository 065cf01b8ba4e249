import { Reason, Retry } from "./parley/v1/signaling_enums.ts";

/** The domain of every `google.rpc.ErrorInfo` that Parley sends. */
export const ERROR_DOMAIN = "parley.v1";

/**
 * What a client does about a reason: a value of the enum `Retry`, as `google.rpc.ErrorInfo` names it.
 *
 * - `never`: the same request fails again.
 * - `later`: the same request may succeed after a while; back off.
 * - `resume`: open a new stream with `Resume`; nothing is lost.
 * - `rejoin`: the session is gone; join again, as a new session.
 */
export type RetryName = "never" | "later" | "resume" | "rejoin";

/** One row of the table of reasons. */
export interface ReasonEntry {
  /** The gRPC status code, by its name in the gRPC specification. */
  readonly code: StatusName;
  readonly retry: RetryName;
}

/** The status codes that Parley uses. */
export type StatusName =
  | "INVALID_ARGUMENT"
  | "DEADLINE_EXCEEDED"
  | "NOT_FOUND"
  | "ALREADY_EXISTS"
  | "RESOURCE_EXHAUSTED"
  | "FAILED_PRECONDITION"
  | "ABORTED"
  | "OUT_OF_RANGE"
  | "INTERNAL"
  | "UNAVAILABLE"
  | "DATA_LOSS"
  | "UNAUTHENTICATED"
  | "PERMISSION_DENIED"
  | "UNIMPLEMENTED"
  | "UNKNOWN";

const unspecified = row("UNKNOWN", "never");

/**
 * Every reason: what a call ends with, and what a `Rejected` carries. docs/errors.md is made from this table, from
 * remedies.ts and from the comments of the enum `Reason`.
 */
export const reasons: Readonly<Record<Reason, ReasonEntry>> = {
  [Reason.UNSPECIFIED]: unspecified,

  [Reason.MALFORMED_MESSAGE]: row("INVALID_ARGUMENT", "never"),
  [Reason.MESSAGE_TOO_LARGE]: row("RESOURCE_EXHAUSTED", "never"),
  [Reason.BATCH_TOO_LARGE]: row("INVALID_ARGUMENT", "never"),
  [Reason.JOIN_EXPECTED]: row("INVALID_ARGUMENT", "never"),
  [Reason.FIRST_MESSAGE_TIMEOUT]: row("DEADLINE_EXCEEDED", "later"),
  [Reason.ALREADY_JOINED]: row("FAILED_PRECONDITION", "never"),
  [Reason.ROOM_INVALID]: row("INVALID_ARGUMENT", "never"),
  [Reason.PEER_ID_INVALID]: row("INVALID_ARGUMENT", "never"),
  [Reason.NONCE_INVALID]: row("INVALID_ARGUMENT", "never"),
  [Reason.NONCE_REUSED]: row("INVALID_ARGUMENT", "never"),
  [Reason.METADATA_INVALID]: row("INVALID_ARGUMENT", "never"),
  [Reason.PEER_ID_TAKEN]: row("ALREADY_EXISTS", "later"),
  [Reason.ROOM_FULL]: row("RESOURCE_EXHAUSTED", "later"),
  [Reason.SERVER_FULL]: row("RESOURCE_EXHAUSTED", "later"),
  [Reason.RATE_LIMITED]: row("RESOURCE_EXHAUSTED", "later"),

  [Reason.SESSION_TOKEN_INVALID]: row("UNAUTHENTICATED", "rejoin"),
  [Reason.SESSION_NOT_FOUND]: row("NOT_FOUND", "rejoin"),
  [Reason.RESUME_GAP]: row("OUT_OF_RANGE", "rejoin"),
  [Reason.SESSION_REPLACED]: row("ABORTED", "never"),
  [Reason.PEER_REPLACED]: row("ABORTED", "never"),
  [Reason.SEQ_GAP]: row("FAILED_PRECONDITION", "resume"),
  [Reason.SESSION_OVERFLOWED]: row("RESOURCE_EXHAUSTED", "rejoin"),
  [Reason.SLOW_READER]: row("RESOURCE_EXHAUSTED", "resume"),
  [Reason.HEARTBEAT_TIMEOUT]: row("DEADLINE_EXCEEDED", "resume"),
  [Reason.SESSION_LOST]: row("DATA_LOSS", "rejoin"),
  [Reason.SEQ_TAKEN]: row("ALREADY_EXISTS", "never"),

  [Reason.RECIPIENT_INVALID]: row("INVALID_ARGUMENT", "never"),
  [Reason.RECIPIENT_UNKNOWN]: row("NOT_FOUND", "never"),
  [Reason.MAILBOX_FULL]: row("RESOURCE_EXHAUSTED", "later"),
  [Reason.BODY_INVALID]: row("INVALID_ARGUMENT", "never"),
  [Reason.NEGOTIATION_ID_INVALID]: row("INVALID_ARGUMENT", "never"),
  [Reason.SDP_INVALID]: row("INVALID_ARGUMENT", "never"),
  [Reason.CANDIDATE_INVALID]: row("INVALID_ARGUMENT", "never"),
  [Reason.ICE_POLICY]: row("PERMISSION_DENIED", "never"),

  [Reason.GOING_AWAY]: row("UNAVAILABLE", "resume"),
  [Reason.STORAGE_UNAVAILABLE]: row("UNAVAILABLE", "later"),
  [Reason.INTERNAL]: row("INTERNAL", "later"),
  [Reason.ORIGIN_REFUSED]: row("PERMISSION_DENIED", "never"),

  [Reason.METHOD_UNKNOWN]: row("UNIMPLEMENTED", "never"),
  [Reason.ENCODING_UNSUPPORTED]: row("UNIMPLEMENTED", "never"),
  [Reason.HEADER_INVALID]: row("INVALID_ARGUMENT", "never"),
  [Reason.DEADLINE_PASSED]: row("DEADLINE_EXCEEDED", "resume"),

  [Reason.ACCESS_TOKEN_REQUIRED]: row("UNAUTHENTICATED", "never"),
  [Reason.ACCESS_TOKEN_INVALID]: row("UNAUTHENTICATED", "never"),
  [Reason.ACCESS_TOKEN_EXPIRED]: row("UNAUTHENTICATED", "resume"),
  [Reason.ACCESS_DENIED]: row("PERMISSION_DENIED", "never"),
  [Reason.KEYS_UNAVAILABLE]: row("UNAVAILABLE", "later"),
  [Reason.SESSION_EXPIRED]: row("UNAUTHENTICATED", "rejoin"),
  [Reason.ACCESS_TOKEN_REVOKED]: row("UNAUTHENTICATED", "never"),
  [Reason.PEER_REMOVED]: row("PERMISSION_DENIED", "never"),
  [Reason.ADMISSION_REFUSED]: row("PERMISSION_DENIED", "never"),
  [Reason.ADMISSION_UNAVAILABLE]: row("UNAVAILABLE", "later"),
  [Reason.LOBBY_FULL]: row("RESOURCE_EXHAUSTED", "later"),
  [Reason.LOBBY_TIMEOUT]: row("DEADLINE_EXCEEDED", "later"),
};

/** The row of a reason; that of `UNSPECIFIED` for one that this version does not know. */
export function reasonEntry(reason: Reason): ReasonEntry {
  return reasons[reason] ?? unspecified;
}

/** What a client does about a reason, as `Rejected.retry` and `Closed.retry` carry it. */
export function retryOf(reason: Reason): Retry {
  return retries[reasonEntry(reason).retry];
}

const retries = { never: Retry.NEVER, later: Retry.LATER, resume: Retry.RESUME, rejoin: Retry.REJOIN };

function row(code: StatusName, retry: RetryName): ReasonEntry {
  return { code, retry };
}
