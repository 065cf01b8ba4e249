import type { SignalBody } from "./signals.ts";

/**
 * One signal on its way, for showing what signaling does. An outgoing one is told when it is sent, and again
 * when it is acknowledged or rejected. Contains neither SDP nor addresses.
 */
export interface SignalTrace {
  readonly direction: "in" | "out";
  readonly kind: SignalBody["kind"];
  /** The other peer. */
  readonly peerId: string;
  readonly negotiationId: string;
  /** Its number among what this session received, or sent. A new session counts from 1. */
  readonly seq: number;
  /** When it was first sent, or received, in milliseconds since the epoch. */
  readonly at: number;
  /** From its first sending to its acknowledgement, in milliseconds. */
  readonly ackedAfterMs?: number;
  /** Why it will not arrive: a `SignalingError.reason`. */
  readonly rejected?: string;
  /** It came out of the mailbox after a break, or was sent again after one. */
  readonly replayed: boolean;
}
