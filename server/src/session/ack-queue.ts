import type { Clock } from "../time/clock.ts";

/** One that owes its client an acknowledgement. */
export interface Acknowledger {
  /** Sends the acknowledgement, unless a signal has carried it meanwhile. */
  flushAck(): void;
}

/**
 * How long an acknowledgement waits for a signal that goes the same way, in milliseconds. A client needs it only to forget
 * what it has sent; a message of its own costs as much as a signal.
 */
const delayMs = 100;

/**
 * Holds acknowledgements back for a moment, since most can ride on a signal that goes the same way: the
 * answer acknowledges the offer. One timer for all sessions.
 */
export class AckQueue {
  readonly #clock: Clock;
  #waiting: Acknowledger[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(acknowledger: Acknowledger): void {
    this.#waiting.push(acknowledger);
    if (this.#waiting.length === 1) this.#clock.after(delayMs, this.#flush);
  }

  readonly #flush = (): void => {
    const due = this.#waiting;
    this.#waiting = [];
    for (const acknowledger of due) acknowledger.flushAck();
  };
}
