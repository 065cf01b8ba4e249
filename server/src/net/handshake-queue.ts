/** How many handshakes begin in one turn of the event loop: the signature of each takes about a millisecond. */
const perTurn = 2;

/** Spreads the work of TLS handshakes that come together, so that established connections have their turn. */
export class HandshakeQueue {
  readonly #waiting: (() => void)[] = [];
  #begun = 0;
  #scheduled = false;

  /** How many wait. */
  get size(): number {
    return this.#waiting.length;
  }

  /** Begins a handshake: at once, or in one of the next turns. */
  add(begin: () => void): void {
    if (!this.#scheduled) {
      this.#scheduled = true;
      this.#begun = 0;
      setImmediate(this.#next);
    }
    if (this.#waiting.length > 0 || this.#begun >= perTurn) {
      this.#waiting.push(begin);
      return;
    }
    this.#begun++;
    begin();
  }

  readonly #next = (): void => {
    this.#begun = 0;
    for (; this.#begun < perTurn; this.#begun++) {
      const begin = this.#waiting.shift();
      if (begin === undefined) break;
      begin();
    }
    this.#scheduled = this.#begun > 0 || this.#waiting.length > 0;
    if (this.#scheduled) setImmediate(this.#next);
  };
}
