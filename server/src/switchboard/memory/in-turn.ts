/** Runs one thing after another: what is given while one runs waits for its end, and is not nested in it. */
export class InTurn {
  readonly #waiting: (() => void)[] = [];
  #running = false;

  /** Runs it now, or, if it is given by one that runs, behind that. */
  run(work: () => void): void {
    this.#waiting.push(work);
    if (this.#running) return;
    this.#running = true;
    try {
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) next();
    } finally {
      this.#running = false;
    }
  }
}
