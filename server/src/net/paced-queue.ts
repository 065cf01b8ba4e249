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
    if (!this.#scheduled) {
      this.#scheduled = true;
      this.#begun = 0;
      setImmediate(this.#next);
    }
    if (this.#waiting.length > 0 || this.#begun >= this.#perTurn) {
      this.#waiting.push(begin);
      return;
    }
    this.#begun++;
    begin();
  }

  readonly #next = (): void => {
    this.#begun = 0;
    for (; this.#begun < this.#perTurn; this.#begun++) {
      const begin = this.#waiting.shift();
      if (begin === undefined) break;
      begin();
    }
    this.#scheduled = this.#begun > 0 || this.#waiting.length > 0;
    if (this.#scheduled) setImmediate(this.#next);
  };
}
