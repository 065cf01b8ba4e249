import { clientError } from "./signaling-error.ts";

/** How a wait can be given up. */
export interface WaitOptions {
  /** Ends the wait, which then rejects with `ABORTED`; what was waited for may still happen. @default none */
  readonly signal?: AbortSignal | undefined;
}

/** The same promise, which an `AbortSignal` makes reject. */
export function abortable<T>(signal: AbortSignal | undefined, promise: Promise<T>): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(clientError("ABORTED", "the wait was canceled", signal.reason));
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort);
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
