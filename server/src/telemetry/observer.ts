import { type LeaveReason, Reason } from "@parley/contract";

/**
 * Is notified of what happens on one node, with plain values: for metrics and the like. The sum over all nodes is what
 * happened in the service, except for what a node did not report before it died. The calls come from the path of a signal:
 * a method counts, and returns.
 */
export interface Observer {
  /** A session began. */
  joined(): void;
  /** A client began to wait in a lobby. What follows there is not reported: it has no session yet. */
  waits(): void;
  /** A session got another stream: after a loss, or because its client wanted it. */
  resumed(): void;
  /** A session lost its stream, and waits for another one. */
  detached(): void;
  /** A session ended, on whichever node. `cause` is what its client learns; absent if it left or expired. */
  ended(leave: LeaveReason, cause: Reason | undefined): void;
  /** So many signals were stored in mailboxes. */
  relayed(signals: number): void;
  /** A signal was answered with `Rejected`. */
  rejected(reason: Reason): void;
  /** A stream was refused a session. */
  refused(reason: Reason): void;
  /** A stream that had a session ended; `reason` is absent if it ended with OK or its client closed it. */
  streamEnded(reason: Reason | undefined): void;
  /** A limit refused or ended something. This comes in addition to `rejected`, `refused` and `streamEnded`. */
  bounded(reason: Reason): void;
}

/** Observes nothing. */
export const silentObserver: Observer = {
  joined() {},
  waits() {},
  resumed() {},
  detached() {},
  ended() {},
  relayed() {},
  rejected() {},
  refused() {},
  streamEnded() {},
  bounded() {},
};

const ofLimits: ReadonlySet<Reason> = new Set([
  Reason.MESSAGE_TOO_LARGE,
  Reason.BATCH_TOO_LARGE,
  Reason.ROOM_FULL,
  Reason.SERVER_FULL,
  Reason.RATE_LIMITED,
  Reason.SLOW_READER,
  Reason.MAILBOX_FULL,
  Reason.SESSION_OVERFLOWED,
  Reason.LOBBY_FULL,
]);

/** Whether this is the reason of a limit that was hit. */
export function isLimit(reason: Reason): boolean {
  return ofLimits.has(reason);
}

/** Reports a signal that was answered with `Rejected`. */
export function observeRejected(observer: Observer, reason: Reason): void {
  observer.rejected(reason);
  if (isLimit(reason)) observer.bounded(reason);
}

/** Reports a stream that was refused a session. */
export function observeRefused(observer: Observer, reason: Reason): void {
  observer.refused(reason);
  if (isLimit(reason)) observer.bounded(reason);
}

/** Reports a stream that had a session and ended; without a reason if it ended with OK or its client closed it. */
export function observeStreamEnded(observer: Observer, reason: Reason | undefined): void {
  observer.streamEnded(reason);
  if (reason !== undefined && isLimit(reason)) observer.bounded(reason);
}
