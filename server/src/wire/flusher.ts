/** One that has something to write. */
export interface Flushable {
  /** Writes what waits. Does not throw. */
  flush(): void;
}

/**
 * Lets everything that has something to write do so together, so that a burst goes out to its client in one write.
 *
 * On HTTP/1.1 that is at the end of a turn of the event loop, for answers as well as for streams: written between
 * the requests of a turn, each would wake a client that has just gone to sleep again. On HTTP/2 Node gathers what
 * it was given in a turn by itself, and writes before the end: given only then, everything would wait for the turn
 * after. There it is at the end of the callback, that is, of a frame that was read. A burst that comes in several
 * frames leaves in two writes: Node's stream takes the second message when the first has gone.
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
