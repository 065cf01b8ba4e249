import { Reason, ReasonSchema, Retry } from "./parley/v1/signaling_pb.ts";

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
  /** What a developer who meets it should do. */
  readonly remedy: string;
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

const unspecified = row("UNKNOWN", "never", "Read the message of the error.");

/**
 * Every reason there is: what a call ends with, and what a `Rejected` carries. The only such table;
 * docs/errors.md is made from it and from the comments of the enum `Reason`.
 */
export const reasons: Readonly<Record<Reason, ReasonEntry>> = {
  [Reason.UNSPECIFIED]: unspecified,

  [Reason.MALFORMED_MESSAGE]: row("INVALID_ARGUMENT", "never", "Use a client generated from the contract."),
  [Reason.MESSAGE_TOO_LARGE]: row("RESOURCE_EXHAUSTED", "never", "Send less: see Welcome.limits."),
  [Reason.BATCH_TOO_LARGE]: row("INVALID_ARGUMENT", "never", "Split the batch: see Welcome.limits."),
  [Reason.JOIN_EXPECTED]: row("INVALID_ARGUMENT", "never", "Begin with join or resume."),
  [Reason.FIRST_MESSAGE_TIMEOUT]: row("DEADLINE_EXCEEDED", "later", "Send join or resume at once."),
  [Reason.ALREADY_JOINED]: row("FAILED_PRECONDITION", "never", "Open another stream for another session."),
  [Reason.ROOM_INVALID]: row("INVALID_ARGUMENT", "never", "Name the room by the rule of Join.room."),
  [Reason.PEER_ID_INVALID]: row("INVALID_ARGUMENT", "never", "Name the peer by the rule of Join.peer_id."),
  [Reason.NONCE_INVALID]: row("INVALID_ARGUMENT", "never", "Use 16 to 64 random bytes."),
  [Reason.NONCE_REUSED]: row("INVALID_ARGUMENT", "never", "Use a new nonce for each session."),
  [Reason.METADATA_INVALID]: row("INVALID_ARGUMENT", "never", "Say less: 16 entries, 4096 bytes."),
  [Reason.PEER_ID_TAKEN]: row("ALREADY_EXISTS", "later", "Take another name, or wait until its holder left."),
  [Reason.ROOM_FULL]: row("RESOURCE_EXHAUSTED", "later", "Wait until somebody leaves, or use another room."),
  [Reason.SERVER_FULL]: row("RESOURCE_EXHAUSTED", "later", "Wait, or add a node."),
  [Reason.RATE_LIMITED]: row(
    "RESOURCE_EXHAUSTED",
    "later",
    "Wait for retry_after; an operator can raise the limit.",
  ),

  [Reason.SESSION_TOKEN_INVALID]: row("UNAUTHENTICATED", "rejoin", "Use Welcome.session_token unchanged."),
  [Reason.SESSION_NOT_FOUND]: row("NOT_FOUND", "rejoin", "Join again, with a new nonce."),
  [Reason.RESUME_GAP]: row("OUT_OF_RANGE", "rejoin", "Join again, and acknowledge more often."),
  [Reason.SESSION_REPLACED]: row("ABORTED", "never", "Nothing: a newer stream of this session goes on."),
  [Reason.PEER_REPLACED]: row("ABORTED", "never", "Nothing, or join under another name."),
  [Reason.SEQ_GAP]: row("FAILED_PRECONDITION", "resume", "Send again from the last ack plus one, in order."),
  [Reason.SESSION_OVERFLOWED]: row("RESOURCE_EXHAUSTED", "rejoin", "Join again, and read the stream."),
  [Reason.SLOW_READER]: row("RESOURCE_EXHAUSTED", "resume", "Read the stream without pause."),
  [Reason.HEARTBEAT_TIMEOUT]: row("DEADLINE_EXCEEDED", "resume", "Send a Heartbeat in every interval."),
  [Reason.SESSION_LOST]: row("DATA_LOSS", "rejoin", "Join again, with a new nonce."),

  [Reason.RECIPIENT_INVALID]: row("INVALID_ARGUMENT", "never", "Put another peer's peer_id into `to`."),
  [Reason.RECIPIENT_UNKNOWN]: row("NOT_FOUND", "never", "Drop what concerns this peer: it is gone."),
  [Reason.MAILBOX_FULL]: row(
    "RESOURCE_EXHAUSTED",
    "later",
    "Send it again, as a new signal, after retry_after.",
  ),
  [Reason.BODY_INVALID]: row("INVALID_ARGUMENT", "never", "Set exactly one body that the contract knows."),
  [Reason.NEGOTIATION_ID_INVALID]: row("INVALID_ARGUMENT", "never", "Keep to the rule of negotiation_id."),
  [Reason.SDP_INVALID]: row("INVALID_ARGUMENT", "never", "Pass the description on as WebRTC made it."),
  [Reason.CANDIDATE_INVALID]: row("INVALID_ARGUMENT", "never", "Pass the candidate on as WebRTC made it."),

  [Reason.GOING_AWAY]: row("UNAVAILABLE", "resume", "Resume on a new connection."),
  [Reason.STORAGE_UNAVAILABLE]: row("UNAVAILABLE", "later", "Wait: the service recovers by itself."),
  [Reason.INTERNAL]: row("INTERNAL", "later", "Report it, with the time and the node."),
  [Reason.ORIGIN_REFUSED]: row("PERMISSION_DENIED", "never", "Change the setting that the message names."),

  [Reason.METHOD_UNKNOWN]: row(
    "UNIMPLEMENTED",
    "never",
    "Call a method of the contract, as the message says.",
  ),
  [Reason.ENCODING_UNSUPPORTED]: row("UNIMPLEMENTED", "never", "Use an encoding that the message lists."),
  [Reason.HEADER_INVALID]: row("INVALID_ARGUMENT", "never", "Correct the header that the message names."),
  [Reason.DEADLINE_PASSED]: row("DEADLINE_EXCEEDED", "resume", "Set no deadline for Signal and Receive."),
};

/** The row of a reason; that of `UNSPECIFIED` for one that this version does not know. */
export function reasonEntry(reason: Reason): ReasonEntry {
  return reasons[reason] ?? unspecified;
}

/** The reason as `google.rpc.ErrorInfo.reason` has it: UPPER_SNAKE_CASE, without prefix. */
export function reasonName(reason: Reason): string {
  return ReasonSchema.value[reason]?.localName ?? String(reason);
}

/** The reason of a name that `reasonName` made; `UNSPECIFIED` for one that this version does not know. */
export function reasonOf(name: string): Reason {
  const value = ReasonSchema.values.find((value) => value.localName === name);
  return (value?.number as Reason | undefined) ?? Reason.UNSPECIFIED;
}

/** What a client does about a reason, as `Rejected.retry` and `Closed.retry` carry it. */
export function retryOf(reason: Reason): Retry {
  return retries[reasonEntry(reason).retry];
}

const retries = { never: Retry.NEVER, later: Retry.LATER, resume: Retry.RESUME, rejoin: Retry.REJOIN };

function row(code: StatusName, retry: RetryName, remedy: string): ReasonEntry {
  return { code, retry, remedy };
}
