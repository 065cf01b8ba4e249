interface Due {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
}

/** The clock of all tests, for the server and the client: it stands still until a test moves it. */
export class FakeClock {
  #now: number;
  /** How far the time of the machine is ahead of `now`. */
  #aheadMs: number;
  #order = 0;
  readonly #due = new Set<Due>();

  constructor(now = 5_000_000, wallTime = 1_700_000_000_000) {
    this.#now = now;
    this.#aheadMs = wallTime - now;
  }

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
    const due = { at: this.#now + Math.max(0, delayMs), order: this.#order++, callback };
    this.#due.add(due);
    return () => this.#due.delete(due);
  }

  /** How many callbacks wait. 0 at the end of a test means that no timer dangles. */
  get pending(): number {
    return this.#due.size;
  }

  /** Lets `ms` milliseconds pass, calling back what falls due, in order. */
  advance(ms: number): void {
    const until = this.#now + ms;
    while (this.callNext(until));
  }

  /** Moves to what falls due next, at `until` at the latest, and calls it back. False if nothing does until then. */
  protected callNext(until: number): boolean {
    const next = this.#next(until);
    this.#now = next?.at ?? until;
    if (next === undefined) return false;
    this.#due.delete(next);
    next.callback();
    return true;
  }

  #next(until: number): Due | undefined {
    let first: Due | undefined;
    for (const due of this.#due) {
      if (due.at > until) continue;
      if (first === undefined || due.at < first.at || (due.at === first.at && due.order < first.order)) {
        first = due;
      }
    }
    return first;
  }
}
