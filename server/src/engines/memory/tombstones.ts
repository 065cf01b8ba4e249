import type { Failure } from "../../switchboard/failure.ts";
import type { MemorySession } from "./memory-session.ts";

interface Tombstone {
  readonly session: Pick<MemorySession, "address" | "secretHash">;
  readonly cause: Failure;
  /** Until when a client may still ask, in milliseconds of the clock. */
  readonly until: number;
}

/**
 * Why sessions ended, for clients that were away and still come back: a resume or a batch gets the cause instead of
 * "no such session", which would make a replaced client join again and throw out its successor.
 */
export class Tombstones {
  readonly #lifeMs: number;
  readonly #most: number;
  readonly #byId = new Map<string, Tombstone>();

  constructor(lifeMs: number, most: number) {
    this.#lifeMs = lifeMs;
    this.#most = most;
  }

  add({ id, address, secretHash }: MemorySession, cause: Failure, nowMs: number): void {
    this.#byId.set(id, { session: { address, secretHash }, cause, until: nowMs + this.#lifeMs });
    // The oldest come first, because all live equally long.
    for (const [oldest, { until }] of this.#byId) {
      if (until > nowMs && this.#byId.size <= this.#most) break;
      this.#byId.delete(oldest);
    }
  }

  /** Why this session ended, if that is still known. */
  causeOf(id: string, address: string, secretHash: string, nowMs: number): Failure | undefined {
    const found = this.#byId.get(id);
    if (found === undefined || found.until <= nowMs) return undefined;
    const { session, cause } = found;
    return session.address === address && session.secretHash === secretHash ? cause : undefined;
  }

  clear(): void {
    this.#byId.clear();
  }
}
