import type { Clock } from "../time/clock.ts";
import type { Access } from "./access.ts";

/** How long a verification holds, in milliseconds: a key that was withdrawn is out of use after that. */
const lifeMs = 60_000;
const most = 4096;

interface Entry {
  readonly access: Access;
  readonly until: number;
}

/** Tokens that were verified lately: a client of `SendSignals` sends the same one with each batch. */
export class VerifiedTokens {
  readonly #clock: Clock;
  readonly #byToken = new Map<string, Entry>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get(token: string): Access | undefined {
    const entry = this.#byToken.get(token);
    if (entry === undefined || entry.until <= this.#clock.now()) return undefined;
    return entry.access;
  }

  add(token: string, access: Access): void {
    const now = this.#clock.now();
    this.#byToken.delete(token);
    this.#byToken.set(token, { access, until: now + lifeMs });
    // The oldest come first, because all live equally long.
    for (const [oldest, { until }] of this.#byToken) {
      if (until > now && this.#byToken.size <= most) break;
      this.#byToken.delete(oldest);
    }
  }
}
