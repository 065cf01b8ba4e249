import { Reason } from "@parley/contract";
import type { Failure } from "../switchboard/failure.ts";
import { type Rate, RateLimiter } from "../time/rate-limiter.ts";

/**
 * Counts the invalid access tokens of each address. From one that has sent too many, no token is verified for a while: a
 * signature costs more than anything else that a client without a session can cause.
 */
export class BadTokens {
  readonly #limiter: RateLimiter;

  /** @param now in milliseconds, by a clock that is never set back. */
  constructor(rate: Rate, now: () => number) {
    this.#limiter = new RateLimiter(rate, now);
  }

  /**
   * In how many milliseconds a token of this address is verified again; 0 for now.
   *
   * @param key as `Caller.limitedAs`
   */
  wait(key: string | undefined): number {
    return key === undefined ? 0 : this.#limiter.wait(key);
  }

  note(key: string | undefined, { reason }: Failure): void {
    // That keys cannot be fetched is not the fault of the client.
    if (key !== undefined && reason !== Reason.KEYS_UNAVAILABLE) this.#limiter.take(key);
  }
}
