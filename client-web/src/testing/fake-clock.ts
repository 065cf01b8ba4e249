import type { Clock } from "../clock.ts";

interface Due {
  readonly at: number;
  readonly callback: () => void;
}

/** A clock for tests: it stands still until a test moves it. */
export class FakeClock implements Clock {
  #now = 5_000_000;
  /** How far the time of the machine is ahead of `now`. */
  #aheadMs = 1_700_000_000_000 - this.#now;
  readonly #due = new Set<Due>();

  now(): number {
    return this.#now;
  }

  wallTime(): number {
    return this.#now + this.#aheadMs;
  }

  /** Sets the time of the machine by so many milliseconds; no time passes. */
  step(ms: number): void {
    this.#aheadMs += ms;
  }

  after(delayMs: number, callback: () => void): () => void {
    const due = { at: this.#now + Math.max(0, delayMs), callback };
    this.#due.add(due);
    return () => this.#due.delete(due);
  }

  /** How many callbacks wait. 0 at the end of a test means that no timer dangles. */
  get pending(): number {
    return this.#due.size;
  }

  /** Lets `ms` milliseconds pass, calling back what falls due, in order, with the promises in between. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    await settle();
    for (let next = this.#next(until); next !== undefined; next = this.#next(until)) {
      this.#due.delete(next);
      this.#now = next.at;
      next.callback();
      await settle();
    }
    this.#now = until;
  }

  #next(until: number): Due | undefined {
    let first: Due | undefined;
    for (const due of this.#due) {
      if (due.at <= until && (first === undefined || due.at < first.at)) first = due;
    }
    return first;
  }
}

/** The digests that WebCrypto is computing. It works outside of the fake time, so `settle` waits for it. */
const digests = new Set<Promise<ArrayBuffer>>();
const { subtle } = globalThis.crypto;
const digest = subtle.digest.bind(subtle);
subtle.digest = (...args) => {
  const pending = digest(...args).finally(() => digests.delete(pending));
  digests.add(pending);
  return pending;
};

/** Lets everything run that waits on settled promises or on a digest. */
export async function settle(): Promise<void> {
  do {
    await Promise.allSettled(digests);
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  } while (digests.size > 0);
}
