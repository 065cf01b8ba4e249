/** How slowly a client may read, at worst. */
export interface WritePace {
  /** How long it may take none of what waits for it, in milliseconds. */
  readonly stallMs: number;
  /** Over this long, in milliseconds, … */
  readonly slowMs: number;
  /** … it takes at least so many bytes per second. */
  readonly bytesPerSecond: number;
}

/** Watches what one client takes of one response, whatever window it advertises. */
export class WriteDeadline {
  /** When bytes began to wait, or the last of a stretch was judged; undefined while none wait. */
  #slowFrom: number | undefined;
  #slowTaken = 0;
  #takenAt = 0;
  #taken = 0;

  /**
   * Looks at a response; true once its client is too slow.
   *
   * @param waiting the bytes that wait for the client
   * @param taken a count that rises with every byte that the client takes
   */
  isMissed(now: number, waiting: number, taken: number, pace: WritePace): boolean {
    if (waiting === 0) {
      this.#slowFrom = undefined;
      return false;
    }
    if (this.#slowFrom === undefined) {
      this.#slowFrom = now;
      this.#slowTaken = taken;
      this.#takenAt = now;
      this.#taken = taken;
      return false;
    }
    if (taken > this.#taken) this.#takenAt = now;
    this.#taken = taken;
    if (now - this.#takenAt >= pace.stallMs) return true;
    const slowMs = now - this.#slowFrom;
    if (slowMs < pace.slowMs) return false;
    const isSlow = taken - this.#slowTaken < (pace.bytesPerSecond * slowMs) / 1000;
    this.#slowFrom = now;
    this.#slowTaken = taken;
    return isSlow;
  }
}
