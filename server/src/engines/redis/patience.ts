import { Reason } from "@parley/contract";
import type { Failure } from "../../switchboard/failure.ts";
import type { Clock } from "../../time/clock.ts";
import { RedisUnavailableError } from "./redis-link.ts";

/** How long a client waits for Redis before it is sent elsewhere, in milliseconds. */
const patienceMs = 5000;

export const unavailable: Failure = {
  reason: Reason.STORAGE_UNAVAILABLE,
  message: "this node cannot reach its storage",
  retryAfterMs: 1000,
};
const internal: Failure = { reason: Reason.INTERNAL, message: "the storage refused a command" };

export interface RefusedOutcome {
  readonly ok: false;
  readonly failure: Failure;
}

export function refused(failure: Failure): RefusedOutcome {
  return { ok: false, failure };
}

/** The wait for an outcome, which has an end: calls back once, with what comes, or that Redis is away. */
export class Patience<Outcome> {
  readonly #done: (outcome: Outcome | RefusedOutcome) => void;
  readonly #cancel: () => void;
  #given = false;

  constructor(clock: Clock, done: (outcome: Outcome | RefusedOutcome) => void) {
    this.#done = done;
    this.#cancel = clock.after(patienceMs, () => this.refuse(unavailable));
  }

  /** Whether nothing was given yet. */
  get isWanted(): boolean {
    return !this.#given;
  }

  give(outcome: Outcome | RefusedOutcome): void {
    if (this.#given) return;
    this.#given = true;
    this.#cancel();
    this.#done(outcome);
  }

  refuse(failure: Failure): void {
    this.give(refused(failure));
  }

  /** Refuses because of what Redis, or the way to it, answered. */
  failed(error: unknown): void {
    this.refuse(error instanceof RedisUnavailableError ? unavailable : internal);
  }

  /** Nobody waits any more. */
  withdraw(): void {
    this.#cancel();
  }
}
