/**
 * Keeps a session away for a while after a cut, so that one can watch it. It does so as a reconnect policy:
 * a function that says how many milliseconds to wait before the next attempt.
 */
export class Hold {
  #until = 0;

  /** From now on, for so many milliseconds. */
  start(milliseconds: number): void {
    this.#until = performance.now() + milliseconds;
  }

  /** The wait that another policy wants, and longer where the hold is longer. Null stays null. */
  extend(wait: number | null): number | null {
    return wait === null ? null : Math.max(wait, this.#until - performance.now());
  }
}
