import { type Clock, systemClock } from "../../../server/src/time/clock.ts";

/**
 * A clock whose day stands still until it is moved on. The waits that are asked of it are real: the server
 * asks for short ones only, the ticks of its timer wheel, and looks at the day for the rest. So a heartbeat or
 * a resume window passes when the test says so, and an acknowledgement is still only held for a moment.
 */
export class HeldClock implements Clock {
  #now = 5_000_000;
  #pending = 0;

  /** How many waits are not over. 0 at the end of a test means that no timer dangles. */
  get pending(): number {
    return this.#pending;
  }

  now(): number {
    return this.#now;
  }

  wallTime(): number {
    return this.#now + 1_700_000_000_000;
  }

  after(delayMs: number, callback: () => void): () => void {
    this.#pending++;
    let over = false;
    const finish = () => {
      if (over) return false;
      over = true;
      this.#pending--;
      return true;
    };
    const cancel = systemClock.after(delayMs, () => {
      if (finish()) callback();
    });
    return () => {
      if (finish()) cancel();
    };
  }

  /** Moves the day on, in milliseconds. What falls due is called back at the next tick. */
  advance(ms: number): void {
    this.#now += ms;
  }
}
