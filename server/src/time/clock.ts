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

/**
 * The machine's own time. A callback runs only after the sockets have been read: Node runs its timers first, so after a
 * stall (garbage collection, SIGSTOP, a busy machine) a limit of silence would cut connections whose bytes have long
 * arrived and only wait to be read.
 */
export const systemClock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  after(delayMs, callback) {
    let reading: NodeJS.Immediate | undefined;
    const timer = setTimeout(() => {
      reading = afterReading(callback);
    }, delayMs);
    timer.unref();
    return () => {
      clearTimeout(timer);
      clearImmediate(reading);
    };
  },
};

/**
 * Calls back once all sockets have been read that have something to read: for verdicts on silence that do not come from
 * a clock, such as those of Node's own timers.
 */
export function afterReading(callback: () => void): NodeJS.Immediate {
  // The event loop runs these behind its poll phase.
  return setImmediate(callback);
}
