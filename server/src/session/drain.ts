import { Reason } from "@parley/contract";
import type { Failure } from "../switchboard/failure.ts";
import type { DrainSchedule } from "./drain-schedule.ts";

/** A session that can be asked to move. */
export interface Movable {
  /** Asks the client to open another stream, after `reconnectAfterMs`. */
  goAway(reconnectAfterMs: number): void;
}

/**
 * What a node that stops still does for sessions. It takes no new one. It resumes those that exist, for their clients
 * may have no way to another node yet: a gRPC channel keeps its connection until that is closed. And it asks each to
 * move once moving helps.
 */
export class Drain {
  readonly #now: () => number;
  #active = false;
  #schedule: DrainSchedule | undefined;

  /** @param now milliseconds of the node's clock. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** From now on joins are refused. */
  begin(): void {
    this.#active = true;
  }

  /** Asks `sessions` to move, each at its own time, and from now on each session that opens. */
  announce(sessions: Iterable<Movable>, schedule: DrainSchedule): void {
    this.#schedule = schedule;
    for (const session of sessions) this.opened(session);
  }

  /** Why a join is refused; undefined if the node is not draining. */
  get refusal(): Failure | undefined {
    if (!this.#active) return undefined;
    const reason = { reason: Reason.GOING_AWAY, message: "this node is stopping" };
    const retryAfterMs = this.#untilMove();
    return retryAfterMs > 0 ? { ...reason, retryAfterMs } : reason;
  }

  /** A session has opened a stream here. */
  opened(session: Movable): void {
    const schedule = this.#schedule;
    if (schedule === undefined) return;
    const wait = this.#untilMove();
    const spread = Math.max(schedule.moveBy - this.#now() - wait, 0);
    session.goAway(wait + Math.random() * spread);
  }

  #untilMove(): number {
    return Math.max((this.#schedule?.moveFrom ?? 0) - this.#now(), 0);
  }
}
