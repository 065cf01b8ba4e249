import type { Reason } from "@parley/contract";
import type { EndCause } from "./directory.ts";
import type { Failure } from "./failure.ts";
import type { PeerId } from "./names.ts";

/** One numbered request of a peer. `seq` 0 lets the engine number it. */
export type Submission =
  | RelaySubmission
  | RejectSubmission
  | UpdateSubmission
  | NoteSubmission
  | LeaveSubmission
  | EndSubmission;

/** A signal for another peer. */
export interface RelaySubmission {
  readonly kind: "relay";
  readonly seq: number;
  readonly to: PeerId;
  /**
   * The number of the session that is meant, or 0 for the one that holds the name. If it is gone, the signal is
   * rejected with `RECIPIENT_UNKNOWN`, even if the name has another holder.
   */
  readonly toSession: number;
  /**
   * The encoded `negotiation_id`, if there is one, and then the body. The engine copies it before `submit`
   * returns. `negotiationIdOf` reads it back for a rejection.
   */
  readonly payload: Uint8Array;
}

/** A signal that was found bad: its number is used up, and its sender's mailbox gets a `Rejected`. */
export interface RejectSubmission extends SignalAddress {
  readonly kind: "reject";
  readonly seq: number;
  readonly reason: Reason;
  readonly message: string;
  /** When sending it again may succeed, in milliseconds; absent if it will not. */
  readonly retryAfterMs?: number;
}

/** What a `Rejected` repeats of its signal, so that a client knows what became of it. */
export interface SignalAddress {
  /** Empty if it is no `peer_id`. */
  readonly to: string;
  readonly toSession: number;
  /** Empty if it broke its rule. */
  readonly negotiationId: string;
}

/** New metadata of the peer, which the others see at once. */
export interface UpdateSubmission {
  readonly kind: "update";
  readonly seq: number;
  readonly metadata: Readonly<Record<string, string>>;
}

/** What concerns the stream of the session itself. Reaches its `SeatListener`, if it has one. */
export interface NoteSubmission {
  readonly kind: "note";
  readonly seq: number;
  /** The engine only passes it on. */
  readonly text: string;
}

/** The end of the session, as its client wants it. */
export interface LeaveSubmission {
  readonly kind: "leave";
  readonly seq: number;
}

/** The end of the session, as the service wants it. */
export interface EndSubmission {
  readonly kind: "end";
  readonly seq: 0;
  readonly cause: EndCause;
}

export interface Batch {
  readonly submissions: readonly Submission[];
  /** The highest entry that the client has processed; 0 says nothing. */
  readonly ack: number;
  /** Whether a heartbeat is among its requests. Default false. */
  readonly heartbeat?: boolean;
}

/** A `Rejected` that a batch caused. */
export interface Rejection extends Failure, SignalAddress {
  readonly seq: number;
  /** The index of its signal in `Batch.submissions`. */
  readonly index: number;
}

export type SubmitOutcome =
  | { readonly ok: true; readonly accepted: number; readonly rejected: readonly Rejection[] }
  | { readonly ok: false; readonly failure: Failure };
