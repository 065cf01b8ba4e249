import type { Clock } from "../time/clock.ts";

/** One that owes its client an acknowledgement. */
export interface Acknowledger {
  /** Sends the acknowledgement, unless a signal has carried it meanwhile. */
  flushAck(): void;
}

/**
 * Holds acknowledgements back for a moment, since most can ride on a signal that goes the same way: the
 * answer acknowledges the offer. One timer for all sessions.
 */
export class AckQueue {
  readonly #clock: Clock;
  readonly #delayMs: number;
  #waiting: Acknowledger[] = [];

  constructor(clock: Clock, delayMs = 20) {
    this.#clock = clock;
    this.#delayMs = delayMs;
  }

  add(acknowledger: Acknowledger): void {
    this.#waiting.push(acknowledger);
    if (this.#waiting.length === 1) this.#clock.after(this.#delayMs, this.#flush);
  }

  readonly #flush = (): void => {
    const due = this.#waiting;
    this.#waiting = [];
    for (const acknowledger of due) acknowledger.flushAck();
  };
}
