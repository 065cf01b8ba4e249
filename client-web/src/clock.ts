/** Where the time comes from. Passed in, so that a test can hold it. */
export interface Clock {
  /**
   * Milliseconds since an arbitrary moment. Never goes back and never jumps, whatever is done to the time of the
   * machine: all durations are measured with it. It may stand still while the machine sleeps.
   */
  now(): number;
  /** Milliseconds since the epoch, for timestamps. It may jump, in either direction. */
  wallTime(): number;
  /** Calls back once, after at least `delayMs` milliseconds; returns what cancels it. */
  after(delayMs: number, callback: () => void): () => void;
}

/** The time of the page or process. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};
