/**
 * Spreads work over turns of the event loop. It runs at once as long as there is little of it; in a storm, what does
 * not fit into a turn waits, in order, while signals of those who are there go on.
 */
export class TurnQueue {
  readonly #waiting: (() => void)[] = [];
  readonly #onError: (error: unknown) => void;
  readonly #budgetMs: number;
  #spentMs = 0;
  #scheduled = false;

  /**
   * @param onError called with what work throws that has waited.
   * @param budgetMs how long work may take in one turn, in milliseconds, before the others have theirs.
   */
  constructor(onError: (error: unknown) => void, budgetMs = 5) {
    this.#onError = onError;
    this.#budgetMs = budgetMs;
  }

  /** How much waits. */
  get size(): number {
    return this.#waiting.length;
  }

  /** Runs it now and returns true, or later and returns false. Throws what it throws now. */
  run(work: () => void): boolean {
    if (!this.#scheduled) {
      this.#scheduled = true;
      this.#spentMs = 0;
      setImmediate(this.#nextTurn);
    }
    if (this.#waiting.length > 0 || this.#spentMs >= this.#budgetMs) {
      this.#waiting.push(work);
      return false;
    }
    this.#spend(work);
    return true;
  }

  #spend(work: () => void): void {
    const began = performance.now();
    try {
      work();
    } finally {
      this.#spentMs += performance.now() - began;
    }
  }

  readonly #nextTurn = (): void => {
    this.#spentMs = 0;
    this.#scheduled = this.#waiting.length > 0;
    if (this.#scheduled) setImmediate(this.#nextTurn);
    while (this.#spentMs < this.#budgetMs) {
      const work = this.#waiting.shift();
      if (work === undefined) return;
      try {
        this.#spend(work);
      } catch (error) {
        this.#onError(error);
      }
    }
  };
}
