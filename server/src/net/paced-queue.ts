/** Spreads work that comes all at once over turns of the event loop, so that what is established has its turn. */
export class PacedQueue {
  readonly #perTurn: number;
  readonly #waiting: (() => void)[] = [];
  #begun = 0;
  #scheduled = false;

  /** @param perTurn how much of it begins in one turn. */
  constructor(perTurn: number) {
    this.#perTurn = perTurn;
  }

  /** How much waits. */
  get size(): number {
    return this.#waiting.length;
  }

  /** Begins it at once, or in one of the next turns. It must not throw. */
  add(begin: () => void): void {
    this.#schedule();
    if (this.#waiting.length > 0 || this.#begun >= this.#perTurn) {
      this.#waiting.push(begin);
      return;
    }
    this.#begun++;
    begin();
  }

  /** Begins it in one of the next turns. It must not throw. */
  later(begin: () => void): void {
    this.#schedule();
    this.#waiting.push(begin);
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#begun = 0;
    setImmediate(this.#next);
  }

  readonly #next = (): void => {
    const due = this.#waiting.splice(0, this.#perTurn);
    this.#begun = due.length;
    for (const begin of due) begin();
    this.#scheduled = this.#begun > 0 || this.#waiting.length > 0;
    if (this.#scheduled) setImmediate(this.#next);
  };
}
