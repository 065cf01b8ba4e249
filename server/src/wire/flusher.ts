/** One that has something to write. */
export interface Flushable {
  /** Writes what waits. Does not throw. */
  flush(): void;
}

/**
 * Lets everything that has something to write do so together: what comes to one client in one turn of the event
 * loop goes out to it in one write.
 *
 * On HTTP/1.1 that is at the end of the turn. On HTTP/2 Node does the same by itself, but counts from what it was
 * given before the end of the turn: given then, everything would go out in the turn after, and each signal cost
 * another round of the loop. There it is at the end of the callback, each of which is a frame that was read.
 */
export class Flusher {
  #turn: Flushable[] = [];
  #callback: Flushable[] = [];

  add(one: Flushable, httpVersion: 1 | 2): void {
    if (httpVersion === 1) {
      this.#turn.push(one);
      if (this.#turn.length === 1) setImmediate(this.#flushTurn);
    } else {
      this.#callback.push(one);
      if (this.#callback.length === 1) process.nextTick(this.#flushCallback);
    }
  }

  readonly #flushTurn = (): void => {
    const due = this.#turn;
    this.#turn = [];
    for (const one of due) one.flush();
  };

  readonly #flushCallback = (): void => {
    const due = this.#callback;
    this.#callback = [];
    for (const one of due) one.flush();
  };
}
