import type { LeaveReason, Reason } from "@parley/contract";

/** A signal that a client sent, or an update of its metadata. */
export interface SentSignal {
  readonly id: string;
  /** Empty for an update. */
  readonly to: string;
  /** The session that is meant; 0 for the one that holds the name. */
  readonly toSession: number;
  /** Whether the sender knew a peer of this name when it sent the signal. */
  readonly known: boolean;
}

/** One session as its client lived it. */
export interface Life {
  readonly peer: string;
  readonly number: number;
  /** The number of the session in its room; 0 until it is known. */
  session: number;
  /** What was sent, by seq. */
  readonly sent: Map<number, SentSignal>;
  /** The highest seq that was acknowledged. */
  acked: number;
  /** The highest seq that a stream has acknowledged. */
  streamAcked: number;
  /** The relayed signals, in the order in which they came. */
  readonly received: { id: string; sender: string; senderSession: number }[];
  readonly rejected: Map<number, Reason>;
  /** Which peers were gone, by name, at which count of sent signals. */
  readonly gone: { peer: string; afterSeq: number; reason: LeaveReason }[];
  /** The client knows that this session is over. */
  over: boolean;
}

/** The life of a session that is about to begin. */
export function newLife(peer: string, number: number): Life {
  return {
    peer,
    number,
    session: 0,
    sent: new Map(),
    acked: 0,
    streamAcked: 0,
    received: [],
    rejected: new Map(),
    gone: [],
    over: false,
  };
}

/** The last update of a session that took effect; "" if there was none. */
export function lastUpdate({ sent, rejected }: Life): string {
  let last = "";
  for (const [seq, { id, to }] of sent) if (to === "" && !rejected.has(seq)) last = id;
  return last;
}
