import type { Rate } from "../time/rate-limiter.ts";

/** How much may be sent: figures of token buckets. A burst of 0 is no limit. */
export interface SignalRates {
  readonly signals: Rate;
  readonly bytes: Rate;
}

/** What arithmetic leaves over, in milliseconds. */
const rounding = 1e-6;

/** A rate as a budget uses it: a signal pays with an addition, and asks with two subtractions. */
class Pace {
  /** How long it takes to restore one, in milliseconds. */
  readonly #everyMs: number;
  /** How much of that may be outstanding for one more to be left. */
  readonly #slackMs: number;

  constructor({ burst, perSecond }: Rate) {
    this.#everyMs = burst === 0 ? 0 : 1000 / perSecond;
    this.#slackMs = burst === 0 ? Number.POSITIVE_INFINITY : (burst - 1) * this.#everyMs + rounding;
  }

  /** In how many milliseconds there is one more, if all is restored at this time; not above 0 if there is one. */
  wait(restoredAt: number, now: number): number {
    return restoredAt - now - this.#slackMs;
  }

  /** When all is restored after so many more were taken. */
  after(restoredAt: number, now: number, count: number): number {
    return Math.max(restoredAt, now) + count * this.#everyMs;
  }
}

/** The rates that the budgets of one scope share. */
export class SignalPaces {
  readonly signals: Pace;
  readonly bytes: Pace;

  constructor({ signals, bytes }: SignalRates) {
    this.signals = new Pace(signals);
    this.bytes = new Pace(bytes);
  }
}

/**
 * What is left of the signals and bytes of one session, or of all that share a `sub`, an address or a room. Instead of what is
 * left it remembers when all of it is restored: then time needs no work of its own.
 */
export class SignalBudget {
  readonly #paces: SignalPaces;
  #signalsAt = Number.NEGATIVE_INFINITY;
  #bytesAt = Number.NEGATIVE_INFINITY;
  /** How many streams use it at present. */
  holders = 0;

  constructor(paces: SignalPaces) {
    this.#paces = paces;
  }

  /** In how many milliseconds the next signal may come; not above 0 if it may come now. */
  wait(now: number): number {
    const { signals, bytes } = this.#paces;
    const forSignals = signals.wait(this.#signalsAt, now);
    const forBytes = bytes.wait(this.#bytesAt, now);
    return Math.max(forSignals, forBytes);
  }

  /** Takes one signal of so many bytes, which may be more than are left: then the next one waits for them. */
  take(bytes: number, now: number): void {
    const paces = this.#paces;
    this.#signalsAt = paces.signals.after(this.#signalsAt, now, 1);
    this.#bytesAt = paces.bytes.after(this.#bytesAt, now, bytes);
  }

  /** Whether nothing of it is used. */
  isFull(now: number): boolean {
    return this.#signalsAt <= now && this.#bytesAt <= now;
  }
}
