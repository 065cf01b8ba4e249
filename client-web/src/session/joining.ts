import type { Welcome } from "@parley/contract/plain";
import type { Clock } from "../clock.ts";
import { clientError, type SignalingError } from "../signaling-error.ts";

/** How long a first join is tried, in milliseconds, if the caller does not say. */
export const defaultJoinTimeoutMs = 15_000;

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
  /** Whether the service holds it in the lobby. */
  waits = false;
  /** Names its place there. */
  placeToken = "";
  /** Why the last attempt failed. */
  lastError: SignalingError | undefined;
  readonly #init: JoiningInit;
  /** When the name should be free. */
  #nameBy: number | undefined;
  #stop: () => void = () => {};
  #settle: (outcome: Welcome | SignalingError) => void = () => {};

  constructor(init: JoiningInit) {
    const { timeoutMs, signal, giveUp } = init;
    this.#init = init;
    this.#expireAfter(timeoutMs);
    this.welcome = new Promise((resolve, reject) => {
      const abort = () => giveUp(clientError("ABORTED", "the join was canceled", signal?.reason));
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
    this.waits = false;
    this.#settle(outcome);
  }

  /** The service holds it in the lobby: it takes as long as that takes. */
  wait(placeToken: string): void {
    this.waits = true;
    this.placeToken = placeToken;
    this.#stop();
  }

  /** Whether it goes on after this: if there was no answer, or if the name may be free after a while. */
  goesOnAfter(error: SignalingError): boolean {
    this.lastError = error;
    if (this.waits) {
      this.waits = false;
      this.#expireAfter(this.#init.timeoutMs);
    }
    const { reason, retry, retryAfterMs } = error;
    if (reason === "PEER_ID_TAKEN" && retryAfterMs !== undefined) return this.#waitsForName(retryAfterMs);
    const mayPass =
      reason === "STORAGE_UNAVAILABLE" ||
      reason === "KEYS_UNAVAILABLE" ||
      reason === "ADMISSION_UNAVAILABLE" ||
      reason === "INTERNAL";
    return retry === "resume" || retry === "rejoin" || mayPass;
  }

  /** Waits once as long as the service asks for: the holder may have been this client, and be gone by then. */
  #waitsForName(delayMs: number): boolean {
    const now = this.#init.clock.now();
    if (this.#nameBy === undefined) {
      this.#nameBy = now + delayMs;
      this.#expireAfter(delayMs + this.#init.timeoutMs);
    }
    return now < this.#nameBy;
  }

  #expireAfter(delayMs: number): void {
    const { clock, giveUp } = this.#init;
    this.#stop();
    this.#stop = clock.after(delayMs, () =>
      giveUp(this.lastError ?? clientError("TIMEOUT", "the service did not answer")),
    );
  }
}
