/** How often something may happen. */
export interface Rate {
  /** How many may come at once after a rest. */
  readonly burst: number;
  /** How many are restored in a second. */
  readonly perSecond: number;
}

/** What arithmetic leaves over, in milliseconds. */
const rounding = 1e-6;

interface Bucket {
  tokens: number;
  at: number;
}

/** How many keys are remembered before those that have rested are forgotten. */
const sweepAt = 1024;

/** Token buckets, one for each key. A key that has rested takes no memory. */
export class RateLimiter {
  readonly #rate: Rate;
  readonly #now: () => number;
  readonly #buckets = new Map<string, Bucket>();
  #sweepAt = sweepAt;

  /** @param now in milliseconds, by a clock that is never set back. */
  constructor(rate: Rate, now: () => number) {
    this.#rate = rate;
    this.#now = now;
  }

  /** How many keys are remembered. */
  get size(): number {
    return this.#buckets.size;
  }

  /**
   * Takes one, or so many; returns 0, or if there is none left, in how many milliseconds there will be one. What is taken
   * at once may be more than is left: the next one waits for it.
   */
  take(key: string, count = 1): number {
    const now = this.#now();
    const bucket = this.#buckets.get(key) ?? this.#add(key, now);
    bucket.tokens = this.#tokens(bucket, now);
    bucket.at = now;
    if (bucket.tokens < 1) return this.#waitFor(bucket.tokens);
    bucket.tokens -= count;
    return 0;
  }

  /** As `take`, but takes none. */
  wait(key: string): number {
    const bucket = this.#buckets.get(key);
    const tokens = bucket === undefined ? this.#rate.burst : this.#tokens(bucket, this.#now());
    return tokens < 1 ? this.#waitFor(tokens) : 0;
  }

  #waitFor(tokens: number): number {
    return Math.ceil(((1 - tokens) / this.#rate.perSecond) * 1000 - rounding);
  }

  #add(key: string, now: number): Bucket {
    if (this.#buckets.size >= this.#sweepAt) this.#forgetRested(now);
    const bucket = { tokens: this.#rate.burst, at: now };
    this.#buckets.set(key, bucket);
    return bucket;
  }

  #tokens({ tokens, at }: Bucket, now: number): number {
    return Math.min(this.#rate.burst, tokens + ((now - at) / 1000) * this.#rate.perSecond);
  }

  /** Twice as many must come before it is done again, so that each costs the same however many there are. */
  #forgetRested(now: number): void {
    for (const [key, bucket] of this.#buckets) {
      if (this.#tokens(bucket, now) >= this.#rate.burst) this.#buckets.delete(key);
    }
    this.#sweepAt = Math.max(sweepAt, this.#buckets.size * 2);
  }
}
