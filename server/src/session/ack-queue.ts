import type { Clock } from "../time/clock.ts";

/** One that owes its client an acknowledgement. */
export interface Acknowledger {
  /** The round in which it first owed the acknowledgement; 0 if it owes none at present. */
  readonly owesSince: number;
  /** Sends the acknowledgement, unless a signal has carried it meanwhile. */
  flushAck(): void;
}

/**
 * How long an acknowledgement waits at most for a signal that goes the same way, in milliseconds. A client needs it only to
 * forget what it has sent; a message of its own costs as much as a signal.
 */
const delayMs = 100;

/**
 * Holds acknowledgements back for a moment, since most can ride on a signal that goes the same way: the
 * answer acknowledges the offer. One timer serves all sessions, in rounds of half the delay: an acknowledgement is sent at the
 * end of the round after the one in which it was first owed: never sooner than half the delay.
 */
export class AckQueue {
  readonly #clock: Clock;
  #round = 1;
  #waiting: Acknowledger[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The number of the present round. */
  get round(): number {
    return this.#round;
  }

  add(acknowledger: Acknowledger): void {
    this.#waiting.push(acknowledger);
    if (this.#waiting.length === 1) this.#clock.after(delayMs / 2, this.#endRound);
  }

  readonly #endRound = (): void => {
    const round = this.#round++;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const one of waiting) {
      if (one.owesSince === round) this.add(one);
      else one.flushAck();
    }
  };
}
