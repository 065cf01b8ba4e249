/**
 * How often a session may still update its metadata: a token bucket that holds what one second allows.
 */
export class UpdateBudget {
  #left: number;
  #at: number;

  constructor(perSecond: number, nowMs: number) {
    this.#left = perSecond;
    this.#at = nowMs;
  }

  /** Takes one update. Returns 0, or the milliseconds until the next one is allowed. */
  take(perSecond: number, nowMs: number): number {
    this.#left = Math.min(perSecond, this.#left + ((nowMs - this.#at) * perSecond) / 1000);
    this.#at = nowMs;
    if (this.#left < 1) return Math.ceil(((1 - this.#left) * 1000) / perSecond);
    this.#left--;
    return 0;
  }
}
