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

  /** Takes one; returns 0, or if there is none left, in how many milliseconds there will be one. */
  take(key: string): number {
    const now = this.#now();
    const bucket = this.#buckets.get(key) ?? this.#add(key, now);
    bucket.tokens = this.#tokens(bucket, now);
    bucket.at = now;
    if (bucket.tokens < 1) return Math.ceil(((1 - bucket.tokens) / this.#rate.perSecond) * 1000 - rounding);
    bucket.tokens--;
    return 0;
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
