import { Reason } from "@parley/contract";
import type { Failure } from "../switchboard/switchboard.ts";
import { type Rate, RateLimiter } from "../time/rate-limiter.ts";

/** Whose invalid tokens count together: undefined if nobody's limits hold for an address. */
export type KeyOfAddress = (address: string) => string | undefined;

/**
 * Counts the invalid access tokens of each address. From one that has sent too many, no token is verified for a while: a
 * signature costs more than anything else that a client without a session can cause.
 */
export class BadTokens {
  readonly #limiter: RateLimiter;
  readonly #keyOf: KeyOfAddress;

  /** @param now in milliseconds, by a clock that is never set back. */
  constructor(rate: Rate, now: () => number, keyOf: KeyOfAddress) {
    this.#limiter = new RateLimiter(rate, now);
    this.#keyOf = keyOf;
  }

  /** In how many milliseconds a token of this address is verified again; 0 for now. */
  wait(address: string | undefined): number {
    const key = this.#key(address);
    return key === undefined ? 0 : this.#limiter.wait(key);
  }

  note(address: string | undefined, { reason }: Failure): void {
    const key = this.#key(address);
    // That keys cannot be fetched is not the fault of the client.
    if (key !== undefined && reason !== Reason.KEYS_UNAVAILABLE) this.#limiter.take(key);
  }

  #key(address: string | undefined): string | undefined {
    return address === undefined ? undefined : this.#keyOf(address);
  }
}
