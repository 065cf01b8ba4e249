/** Where the time comes from. Passed in, so that a test can hold it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls back once, after at least `delayMs` milliseconds; returns what cancels it. */
  after(delayMs: number, callback: () => void): () => void;
}

/** The time of the page or process. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};
