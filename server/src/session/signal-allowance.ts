import type { SignalBudget } from "./signal-budget.ts";

/** What a budget is for. */
export type SignalScope = "session" | "sub" | "address" | "room";

/** What one client may send: all of its budgets have to permit a signal. */
export class SignalAllowance {
  readonly #scopes: readonly SignalScope[];
  readonly #budgets: readonly SignalBudget[];
  #limitedBy: SignalScope = "session";

  /** @param budgets in the order of their scopes. */
  constructor(scopes: readonly SignalScope[], budgets: readonly SignalBudget[]) {
    this.#scopes = scopes;
    this.#budgets = budgets;
  }

  /** Which budget was used up when `take` refused the last time. */
  get limitedBy(): SignalScope {
    return this.#limitedBy;
  }

  get budgets(): readonly SignalBudget[] {
    return this.#budgets;
  }

  /**
   * Takes one signal of so many bytes from every budget. Returns 0; or takes nothing and returns in how many milliseconds
   * the signal may come.
   */
  take(bytes: number, now: number): number {
    const budgets = this.#budgets;
    let longest = 0;
    for (let index = 0; index < budgets.length; index++) {
      const wait = budgets[index]?.wait(now) ?? 0;
      if (wait <= longest) continue;
      longest = wait;
      this.#limitedBy = this.#scopes[index] ?? "session";
    }
    if (longest > 0) return Math.max(1, Math.ceil(longest));
    for (const budget of budgets) budget.take(bytes, now);
    return 0;
  }
}
