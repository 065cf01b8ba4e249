/** One that has something to write at the end of the tick. */
export interface Flushable {
  /** Writes what waits. Does not throw. */
  flush(): void;
}

/**
 * Lets everything that has something to write do so at the end of this turn of the event loop: what was
 * read from many sockets in one turn goes out to each client in one write.
 */
export class Flusher {
  #waiting: Flushable[] = [];

  add(one: Flushable): void {
    this.#waiting.push(one);
    if (this.#waiting.length === 1) setImmediate(this.#flush);
  }

  readonly #flush = (): void => {
    const due = this.#waiting;
    this.#waiting = [];
    for (const one of due) one.flush();
  };
}
