/** What one session may send: figures of token buckets. */
export interface SignalRates {
  readonly signals: { readonly burst: number; readonly perSecond: number };
  readonly bytes: { readonly burst: number; readonly perSecond: number };
}

/** What is left to one session of its signals and bytes. */
export class SignalBudget {
  readonly #rates: SignalRates;
  #signals: number;
  #bytes: number;
  #at: number;

  /** @param now in milliseconds, by a clock that is never set back. */
  constructor(rates: SignalRates, now: number) {
    this.#rates = rates;
    this.#signals = rates.signals.burst;
    this.#bytes = rates.bytes.burst;
    this.#at = now;
  }

  /** Takes one signal of so many bytes. Returns 0, or in how many milliseconds the next one may come. */
  take(bytes: number, now: number): number {
    const { signals, bytes: byteRate } = this.#rates;
    this.#restore(now);
    if (this.#signals < 1 || this.#bytes <= 0) {
      const forSignals = ((1 - this.#signals) / signals.perSecond) * 1000;
      return Math.max(1, Math.ceil(Math.max(forSignals, (-this.#bytes / byteRate.perSecond) * 1000)));
    }
    this.#signals--;
    this.#bytes -= bytes;
    return 0;
  }

  /** Whether nothing of it is used. */
  isFull(now: number): boolean {
    this.#restore(now);
    return this.#signals === this.#rates.signals.burst && this.#bytes === this.#rates.bytes.burst;
  }

  #restore(now: number): void {
    const { signals, bytes } = this.#rates;
    const passed = (now - this.#at) / 1000;
    this.#at = now;
    this.#signals = Math.min(signals.burst, this.#signals + passed * signals.perSecond);
    this.#bytes = Math.min(bytes.burst, this.#bytes + passed * bytes.perSecond);
  }
}
