import type { LeaveReason, Reason } from "@parley/contract";

/** One session as its client lived it. */
export interface Life {
  readonly peer: string;
  readonly number: number;
  /** What was sent, by seq. */
  readonly sent: Map<number, { id: string; to: string }>;
  /** The highest seq that was acknowledged. */
  acked: number;
  /** The ids of the relayed signals, in the order in which they came. */
  readonly received: { id: string; sender: string }[];
  readonly rejected: Map<number, Reason>;
  /** Who was told to be gone, by name, at which count of sent signals. */
  readonly gone: { peer: string; afterSeq: number; reason: LeaveReason }[];
  /** The client knows that this session is over. */
  over: boolean;
}

/** The life of a session that is about to begin. */
export function newLife(peer: string, number: number): Life {
  return {
    peer,
    number,
    sent: new Map(),
    acked: 0,
    received: [],
    rejected: new Map(),
    gone: [],
    over: false,
  };
}
