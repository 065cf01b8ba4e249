/** Where the time comes from. Passed in, so that a test can hold it. */
export interface Clock {
  /**
   * Milliseconds since an arbitrary moment. Never goes back and never jumps, whatever is done to the time of the
   * machine: all durations, deadlines and intervals are measured with it.
   */
  now(): number;
  /** Milliseconds since the epoch, for timestamps that others read. It may jump, in either direction. */
  wallTime(): number;
  /** Calls back once, after at least `delayMs`; returns what cancels it. Does not keep the process alive. */
  after(delayMs: number, callback: () => void): () => void;
}

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
