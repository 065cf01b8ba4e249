import { SignalAllowance, type SignalScope } from "./signal-allowance.ts";
import { SignalBudget, SignalPaces, type SignalRates } from "./signal-budget.ts";

/** How many budgets of one scope are remembered before those that have rested are forgotten. */
const sweepAt = 1024;

/** How much is taken from one session, and from all sessions with something in common. */
export type RatesByScope = Readonly<Record<SignalScope, SignalRates>>;

/** Who sends, as far as limits are concerned; what is empty or undefined is not limited. */
export interface Sender {
  readonly sessionId: string;
  readonly room: string;
  /** Whom the session belongs to. */
  readonly owner: string;
  /** As in `Caller.limitedAs`. */
  readonly address: string | undefined;
}

/**
 * What the clients of this node may send. A session has one budget, however many streams and requests it comes on; those of
 * a `sub`, an address and a room are shared. One that has rested takes no memory.
 */
export class SignalBudgets {
  readonly #now: () => number;
  readonly #scopes: readonly ScopeBudgets[];

  /** @param now in milliseconds, by a clock that is never set back. */
  constructor(rates: RatesByScope, now: () => number) {
    this.#now = now;
    const limited = scopes.filter((scope) => rates[scope].signals.burst > 0 || rates[scope].bytes.burst > 0);
    this.#scopes = limited.map((scope) => new ScopeBudgets(scope, rates[scope]));
  }

  /** How many budgets are remembered. */
  get size(): number {
    let size = 0;
    for (const budgets of this.#scopes) size += budgets.size;
    return size;
  }

  /** What this sender may send at this moment. */
  of(sender: Sender): SignalAllowance {
    const now = this.#now();
    const named: SignalScope[] = [];
    const budgets: SignalBudget[] = [];
    for (const known of this.#scopes) {
      const key = keyOf(sender, known.scope);
      if (key === "") continue;
      named.push(known.scope);
      budgets.push(known.of(key, now));
    }
    return new SignalAllowance(named, budgets);
  }

  /** As `of`, for as long as a stream lasts: `release` follows. */
  hold(sender: Sender): SignalAllowance {
    const allowance = this.of(sender);
    for (const budget of allowance.budgets) budget.holders++;
    return allowance;
  }

  release({ budgets }: SignalAllowance): void {
    for (const budget of budgets) budget.holders--;
  }
}

/** The one that is most often used up first. */
const scopes: readonly SignalScope[] = ["session", "sub", "address", "room"];

function keyOf({ sessionId, owner, address = "", room }: Sender, scope: SignalScope): string {
  switch (scope) {
    case "session":
      return sessionId;
    case "sub":
      return owner;
    case "address":
      return address;
    case "room":
      return room;
  }
}

/** The budgets of one scope. */
class ScopeBudgets {
  readonly scope: SignalScope;
  readonly #paces: SignalPaces;
  readonly #byKey = new Map<string, SignalBudget>();
  #sweepAt = sweepAt;

  constructor(scope: SignalScope, rates: SignalRates) {
    this.scope = scope;
    this.#paces = new SignalPaces(rates);
  }

  get size(): number {
    return this.#byKey.size;
  }

  of(key: string, now: number): SignalBudget {
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    if (this.#byKey.size >= this.#sweepAt) this.#forgetRested(now);
    const budget = new SignalBudget(this.#paces);
    this.#byKey.set(key, budget);
    return budget;
  }

  /** Twice as many must come before it is done again, so that each costs the same however many there are. */
  #forgetRested(now: number): void {
    for (const [key, budget] of this.#byKey) {
      if (budget.holders === 0 && budget.isFull(now)) this.#byKey.delete(key);
    }
    this.#sweepAt = Math.max(sweepAt, this.#byKey.size * 2);
  }
}
