import { SignalBudget, type SignalRates } from "./signal-budget.ts";

/** How many sessions are remembered before those that have rested are forgotten. */
const sweepAt = 1024;

/** The budgets of sessions whose signals come apart from their streams. One that has rested takes no memory. */
export class SignalBudgets {
  readonly #rates: SignalRates;
  readonly #now: () => number;
  readonly #bySession = new Map<string, SignalBudget>();
  #sweepAt = sweepAt;

  constructor(rates: SignalRates, now: () => number) {
    this.#rates = rates;
    this.#now = now;
  }

  /** How many are remembered. */
  get size(): number {
    return this.#bySession.size;
  }

  of(sessionId: string): SignalBudget {
    const now = this.#now();
    let budget = this.#bySession.get(sessionId);
    if (budget === undefined) {
      if (this.#bySession.size >= this.#sweepAt) this.#forgetRested(now);
      budget = new SignalBudget(this.#rates, now);
      this.#bySession.set(sessionId, budget);
    }
    return budget;
  }

  /** Twice as many must come before it is done again, so that each costs the same however many there are. */
  #forgetRested(now: number): void {
    for (const [id, budget] of this.#bySession) if (budget.isFull(now)) this.#bySession.delete(id);
    this.#sweepAt = Math.max(sweepAt, this.#bySession.size * 2);
  }
}
