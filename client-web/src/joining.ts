import type { Welcome } from "@parley/contract";
import type { Clock } from "./clock.ts";
import { clientError, type SignalingError } from "./signaling-error.ts";

/** What ends a first join before its `Welcome`. */
export interface JoiningInit {
  readonly clock: Clock;
  /** How long it is tried, in milliseconds. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  /** It is to be given up, for this reason. */
  giveUp(error: SignalingError): void;
}

/** The first join of a session, from the call of `connect` to its outcome. */
export class Joining {
  readonly welcome: Promise<Welcome>;
  /** Why the last attempt failed. */
  lastError: SignalingError | undefined;
  readonly #init: JoiningInit;
  #stop: () => void = () => {};
  #settle: (outcome: Welcome | SignalingError) => void = () => {};

  constructor(init: JoiningInit) {
    const { timeoutMs, signal, giveUp } = init;
    this.#init = init;
    this.#expireAfter(timeoutMs);
    this.welcome = new Promise((resolve, reject) => {
      const abort = () => giveUp(clientError("ABORTED", "the join was given up", signal?.reason));
      this.#settle = (outcome) => {
        this.#stop();
        signal?.removeEventListener("abort", abort);
        if (outcome instanceof Error) reject(outcome);
        else resolve(outcome);
      };
      signal?.addEventListener("abort", abort);
    });
  }

  /** It came out like this. No effect the second time. */
  settle(outcome: Welcome | SignalingError): void {
    this.#settle(outcome);
  }

  /** Whether it goes on after this: if there was no answer, or if the name will be free after a while. */
  goesOnAfter(error: SignalingError): boolean {
    this.lastError = error;
    const { reason, retry, retryAfterMs } = error;
    if (reason === "PEER_ID_TAKEN" && retryAfterMs !== undefined) {
      // The holder is away, and may have been this client.
      this.#expireAfter(retryAfterMs + this.#init.timeoutMs);
      return true;
    }
    return (
      retry === "resume" || retry === "rejoin" || reason === "STORAGE_UNAVAILABLE" || reason === "INTERNAL"
    );
  }

  #expireAfter(delayMs: number): void {
    const { clock, giveUp } = this.#init;
    this.#stop();
    this.#stop = clock.after(delayMs, () =>
      giveUp(this.lastError ?? clientError("TIMEOUT", "the service did not answer")),
    );
  }
}
