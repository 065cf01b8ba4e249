/** An `AbortController` that one of several signals aborts. */
export interface LinkedAbort {
  readonly signal: AbortSignal;
  /** Forgets the signals, so that long-lived ones hold nothing. */
  unlink(): void;
}

/** `AbortSignal.any`, for browsers of before 2024. */
export function linkAborts(...signals: readonly (AbortSignal | undefined)[]): LinkedAbort {
  const linked = new AbortController();
  const abort = () => linked.abort();
  for (const signal of signals) {
    if (signal?.aborted) abort();
    signal?.addEventListener("abort", abort);
  }
  return {
    signal: linked.signal,
    unlink() {
      for (const signal of signals) signal?.removeEventListener("abort", abort);
    },
  };
}
