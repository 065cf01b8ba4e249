import type { Clock } from "../time/clock.ts";
import { candidatesAmong, type VerificationKey } from "./verification-key.ts";

/** The keys cannot be fetched, and none are known that are fresh enough. */
export class KeysUnavailableError extends Error {
  override readonly name = "KeysUnavailableError";
  /** When it may be worth another try, in milliseconds. */
  readonly retryAfterMs: number;

  constructor(retryAfterMs: number, cause: unknown) {
    super("the keys of access tokens cannot be fetched", { cause });
    this.retryAfterMs = retryAfterMs;
  }
}

export interface JwksSourceOptions {
  readonly fetch: () => Promise<readonly VerificationKey[]>;
  readonly clock: Clock;
  /** How long fetched keys are used, in milliseconds; they are fetched again after half of it. */
  readonly maxAgeMs: number;
  /** The least time between two fetches, in milliseconds, whatever tokens ask for. */
  readonly cooldownMs: number;
  /** Why a fetch failed: for the log. */
  readonly onError: (error: unknown) => void;
}

/**
 * Keys that are published somewhere and change: fetched when first needed, kept, fetched again when a token names a
 * key that is not there, but not more often than the cooldown allows. When they are too old and cannot be fetched, no
 * token is valid.
 */
export class JwksSource {
  readonly #options: JwksSourceOptions;
  #keys: readonly VerificationKey[] = [];
  #fetchedAt = Number.NEGATIVE_INFINITY;
  #triedAt = Number.NEGATIVE_INFINITY;
  #failure: unknown;
  #fetching: Promise<void> | undefined;

  constructor(options: JwksSourceOptions) {
    this.#options = options;
  }

  /** The keys that may have signed a token. Rejects with a KeysUnavailableError. */
  async candidates(algorithm: string, kid: string | undefined): Promise<VerificationKey[]> {
    const { clock, maxAgeMs } = this.#options;
    const age = () => clock.now() - this.#fetchedAt;
    if (age() >= maxAgeMs) {
      await this.#refetch();
      if (age() >= maxAgeMs) throw new KeysUnavailableError(this.#untilNextTry, this.#failure);
    } else if (age() >= maxAgeMs / 2) void this.#refetch();
    const found = candidatesAmong(this.#keys, algorithm, kid);
    if (found.length > 0) return found;
    await this.#refetch();
    return candidatesAmong(this.#keys, algorithm, kid);
  }

  get #untilNextTry(): number {
    const { clock, cooldownMs } = this.#options;
    return Math.max(0, this.#triedAt + cooldownMs - clock.now());
  }

  /** One fetch at a time, for all who wait. Does not reject. */
  #refetch(): Promise<void> {
    if (this.#fetching !== undefined) return this.#fetching;
    if (this.#untilNextTry > 0) return Promise.resolve();
    this.#triedAt = this.#options.clock.now();
    this.#fetching = this.#fetch().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  async #fetch(): Promise<void> {
    const { fetch, clock, onError } = this.#options;
    try {
      this.#keys = await fetch();
      this.#fetchedAt = clock.now();
      this.#failure = undefined;
    } catch (error) {
      this.#failure = error;
      onError(error);
    }
  }
}
