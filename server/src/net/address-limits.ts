import type { Refusal } from "../admission/caller.ts";
import { type Rate, RateLimiter } from "../time/rate-limiter.ts";
import { addressKey } from "./client-address.ts";

/** What the clients of one address may use of a node. An office has one address, so these are generous. */
export interface AddressFigures {
  /** Sessions with a stream. */
  readonly sessions: number;
  readonly connections: number;
  /** Joins and resumes. */
  readonly joins: Rate;
  /** TLS handshakes. */
  readonly handshakes: Rate;
}

/** How long a client waits that has too many sessions, in milliseconds. */
const sessionRetryMs = 5000;

/** Counts what the clients of each address use. */
export class AddressLimits {
  readonly #figures: AddressFigures;
  readonly #isExempt: (address: string) => boolean;
  readonly #joins: RateLimiter;
  readonly #handshakes: RateLimiter;
  readonly #sessions = new Map<string, number>();
  readonly #connections = new Map<string, number>();

  constructor(figures: AddressFigures, now: () => number, isExempt: (address: string) => boolean) {
    this.#figures = figures;
    this.#isExempt = isExempt;
    this.#joins = new RateLimiter(figures.joins, now);
    this.#handshakes = new RateLimiter(figures.handshakes, now);
  }

  isExempt(address: string): boolean {
    return this.#isExempt(address);
  }

  /** Whose use the use of this address belongs to; undefined if nothing limits it. */
  keyOf(address: string): string | undefined {
    return this.#isExempt(address) ? undefined : addressKey(address);
  }

  /** Counts a join or a resume. Undefined if it may go on: then `leave` follows when its stream is over. */
  enter(address: string): Refusal | undefined {
    if (this.#isExempt(address)) return undefined;
    const key = addressKey(address);
    const { sessions } = this.#figures;
    if ((this.#sessions.get(key) ?? 0) >= sessions) {
      return {
        kind: "client",
        message: `this address has reached its limit of ${sessions} sessions`,
        retryAfterMs: sessionRetryMs,
      };
    }
    const retryAfterMs = this.#joins.take(key);
    if (retryAfterMs > 0)
      return { kind: "client", message: "this address joins and resumes too often", retryAfterMs };
    increase(this.#sessions, key);
    return undefined;
  }

  leave(address: string): void {
    if (!this.#isExempt(address)) decrease(this.#sessions, addressKey(address));
  }

  /** Counts a connection; false if there are too many. If there are not, `disconnect` follows. */
  connect(address: string): boolean {
    if (this.#isExempt(address)) return true;
    const key = addressKey(address);
    if ((this.#connections.get(key) ?? 0) >= this.#figures.connections) return false;
    increase(this.#connections, key);
    return true;
  }

  disconnect(address: string): void {
    if (!this.#isExempt(address)) decrease(this.#connections, addressKey(address));
  }

  /** Counts a TLS handshake; false if there are too many. */
  shakeHands(address: string): boolean {
    return this.#isExempt(address) || this.#handshakes.take(addressKey(address)) === 0;
  }
}

function increase(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function decrease(counts: Map<string, number>, key: string): void {
  const count = counts.get(key) ?? 0;
  if (count > 1) counts.set(key, count - 1);
  else counts.delete(key);
}
