import { Reason } from "@parley/contract";
import { splitToken } from "../switchboard/session-token.ts";
import type { Batch, SubmitOutcome, Switchboard } from "../switchboard/switchboard.ts";
import type { Timer, Timers } from "../time/timers.ts";

export interface HoldLimits {
  /** How long a batch waits for the one that it overtook, in milliseconds; 0 does not hold any. */
  readonly seqGapMs: number;
  /** The bytes of all batches of one session that wait: as much as one batch may have. */
  readonly messageBytes: number;
}

/** How many batches of one session wait: more than a browser has connections over HTTP/1.1. */
const mostHeld = 16;
/** How long a batch waits between two tries, in milliseconds: what it waits for may arrive at another node. */
const pauses = [25, 50, 75, 100];

/** Stops the wait of a batch whose client is gone. */
export type StopHolding = () => void;

/**
 * Submits batches, and holds one that leaves a gap: two requests of a page travel over two connections, and the
 * second may arrive first. It is tried again as soon as this node accepts another batch of its session, and from time
 * to time, since another node may do so.
 */
export class HeldBatches {
  readonly #switchboard: Switchboard;
  readonly #timers: Timers;
  readonly #limits: HoldLimits;
  readonly #held = new Map<string, Set<HeldBatch>>();

  constructor(switchboard: Switchboard, timers: Timers, limits: HoldLimits) {
    this.#switchboard = switchboard;
    this.#timers = timers;
    this.#limits = limits;
  }

  /** How many sessions have a batch that waits. */
  get sessions(): number {
    return this.#held.size;
  }

  /** Submits a batch of so many bytes, as `Switchboard.submit` does; the outcome may come later. */
  submit(token: string, batch: Batch, bytes: number, done: (outcome: SubmitOutcome) => void): StopHolding {
    let held: HeldBatch | undefined;
    let stopped = false;
    this.#switchboard.submit(token, batch, (outcome) => {
      if (!leavesGap(outcome)) {
        done(outcome);
        if (outcome.ok && this.#held.size > 0) this.#retry(splitToken(token).sessionId);
      } else if (!stopped) {
        held = this.#hold(token, batch, bytes, done);
        if (held === undefined) done(outcome);
      }
    });
    return () => {
      stopped = true;
      if (held !== undefined) this.#release(held);
    };
  }

  /** Undefined if the batch cannot wait. */
  #hold(token: string, batch: Batch, bytes: number, done: HeldBatch["done"]): HeldBatch | undefined {
    const { seqGapMs, messageBytes } = this.#limits;
    // What the server numbers would be accepted once more with each try.
    if (seqGapMs === 0 || batch.submissions.some(({ seq }) => seq === 0)) return undefined;
    const { sessionId } = splitToken(token);
    const others = this.#held.get(sessionId) ?? new Set();
    const bytesHeld = [...others].reduce((sum, other) => sum + other.bytes, bytes);
    if (others.size >= mostHeld || bytesHeld > messageBytes) return undefined;
    const held: HeldBatch = {
      sessionId,
      token,
      batch,
      bytes,
      done,
      until: this.#timers.now() + seqGapMs,
      tries: 0,
      trying: false,
      timer: undefined,
    };
    this.#held.set(sessionId, others.add(held));
    this.#pause(held);
    return held;
  }

  #pause(held: HeldBatch): void {
    const left = held.until - this.#timers.now();
    const pause = Math.min(pauses[held.tries++] ?? left, left);
    held.timer = this.#timers.after(pause, () => this.#try(held));
  }

  /** Tries what a session has waiting, in order. */
  #retry(sessionId: string): void {
    const waiting = [...(this.#held.get(sessionId) ?? [])].sort((a, b) => firstSeq(a) - firstSeq(b));
    for (const held of waiting) if (!held.trying) this.#try(held);
  }

  #try(held: HeldBatch): void {
    this.#timers.cancel(held.timer);
    held.trying = true;
    this.#switchboard.submit(held.token, held.batch, (outcome) => {
      held.trying = false;
      if (this.#held.get(held.sessionId)?.has(held) !== true) return;
      if (leavesGap(outcome) && this.#timers.now() < held.until) return this.#pause(held);
      this.#release(held);
      held.done(outcome);
      if (outcome.ok) this.#retry(held.sessionId);
    });
  }

  #release(held: HeldBatch): void {
    this.#timers.cancel(held.timer);
    const others = this.#held.get(held.sessionId);
    others?.delete(held);
    if (others?.size === 0) this.#held.delete(held.sessionId);
  }
}

interface HeldBatch {
  readonly sessionId: string;
  readonly token: string;
  readonly batch: Batch;
  readonly bytes: number;
  readonly done: (outcome: SubmitOutcome) => void;
  /** When it has waited long enough. */
  readonly until: number;
  tries: number;
  trying: boolean;
  timer: Timer | undefined;
}

function leavesGap(outcome: SubmitOutcome): boolean {
  return !outcome.ok && outcome.failure.reason === Reason.SEQ_GAP;
}

function firstSeq({ batch }: HeldBatch): number {
  return batch.submissions[0]?.seq ?? 0;
}
