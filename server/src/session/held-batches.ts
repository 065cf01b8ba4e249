import { Reason } from "@parley/contract";
import type { Batch, SubmitOutcome } from "../switchboard/batch.ts";
import { splitToken } from "../switchboard/session-token.ts";
import type { Switchboard } from "../switchboard/switchboard.ts";
import type { Timer, Timers } from "../time/timers.ts";

export interface HoldLimits {
  /** How long a batch waits for the one that it overtook, in milliseconds; 0 does not hold any. */
  readonly seqGapMs: number;
  /** The bytes of all batches of one session that wait: as much as one batch may have. */
  readonly messageBytes: number;
}

/**
 * How many batches of one session wait. A browser has six connections over HTTP/1.1, one of which its stream takes:
 * if batches that wait took all others, the one that they wait for could not come.
 */
const mostHeld = 4;
/** How long a batch waits between two looks, in milliseconds: what it waits for may arrive at another node. */
const pauses = [25, 50, 75, 100];
const empty: Batch = { submissions: [], ack: 0 };

/** Stops the wait of a batch whose client is gone. */
export type StopHolding = () => void;

/**
 * Submits batches, and holds one that leaves a gap: two requests of a page travel over two connections, and the
 * second may arrive first. It is submitted again when what it waits for has been accepted, by this node or, at which
 * it looks from time to time, by another.
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
      if (leavesGap(outcome) && !stopped) held = this.#hold({ token, batch, bytes, done, gap: outcome });
      if (held !== undefined) return;
      done(outcome);
      if (outcome.ok && this.#held.size > 0) this.#retry(splitToken(token).sessionId, outcome.accepted);
    });
    return () => {
      stopped = true;
      if (held !== undefined) this.#release(held);
    };
  }

  /** Undefined if the batch cannot wait. */
  #hold(refused: RefusedBatch): HeldBatch | undefined {
    const { seqGapMs } = this.#limits;
    const firstSeq = firstOf(refused.batch);
    if (seqGapMs === 0 || firstSeq === undefined) return undefined;
    const { sessionId } = splitToken(refused.token);
    if (!this.#makeRoom(sessionId, firstSeq, refused.bytes)) return undefined;
    const until = this.#timers.now() + seqGapMs;
    const held: HeldBatch = { ...refused, sessionId, firstSeq, until, looks: 0, timer: undefined };
    const others = this.#held.get(sessionId) ?? new Set();
    this.#held.set(sessionId, others.add(held));
    this.#pause(held);
    return held;
  }

  /** Gives up batches whose turn comes later than that of a new one, the last first; false if that is not enough. */
  #makeRoom(sessionId: string, firstSeq: number, bytes: number): boolean {
    const rising = [...(this.#held.get(sessionId) ?? [])].sort((a, b) => a.firstSeq - b.firstSeq);
    const fits = (kept: readonly HeldBatch[]) =>
      kept.length < mostHeld &&
      kept.reduce((sum, each) => sum + each.bytes, bytes) <= this.#limits.messageBytes;
    let kept = rising.length;
    while (!fits(rising.slice(0, kept))) {
      kept--;
      if (kept < 0 || (rising[kept]?.firstSeq ?? 0) < firstSeq) return false;
    }
    for (const last of rising.slice(kept)) {
      this.#release(last);
      last.done(last.gap);
    }
    return true;
  }

  #pause(held: HeldBatch): void {
    const left = held.until - this.#timers.now();
    const pause = Math.min(pauses[held.looks++] ?? left, left);
    held.timer = this.#timers.after(pause, () => this.#look(held));
  }

  /** Asks how far the session is, which costs less than to submit what may be a megabyte. */
  #look(held: HeldBatch): void {
    if (this.#timers.now() >= held.until) return this.#submitHeld(held);
    this.#switchboard.submit(held.token, empty, (outcome) => {
      if (!this.#holds(held)) return;
      if (outcome.ok && outcome.accepted + 1 < held.firstSeq) this.#pause(held);
      else this.#submitHeld(held);
    });
  }

  /** Submits what follows the newest accepted number. */
  #retry(sessionId: string, accepted: number): void {
    for (const held of this.#held.get(sessionId) ?? []) {
      if (held.firstSeq <= accepted + 1) this.#submitHeld(held);
    }
  }

  /** Submits a batch that has waited, and takes whatever the outcome is for final. */
  #submitHeld(held: HeldBatch): void {
    this.#release(held);
    this.#switchboard.submit(held.token, held.batch, (outcome) => {
      held.done(outcome);
      if (outcome.ok) this.#retry(held.sessionId, outcome.accepted);
    });
  }

  #holds(held: HeldBatch): boolean {
    return this.#held.get(held.sessionId)?.has(held) === true;
  }

  #release(held: HeldBatch): void {
    this.#timers.cancel(held.timer);
    const others = this.#held.get(held.sessionId);
    others?.delete(held);
    if (others?.size === 0) this.#held.delete(held.sessionId);
  }
}

/** A batch that left a gap. */
interface RefusedBatch {
  readonly token: string;
  readonly batch: Batch;
  readonly bytes: number;
  readonly done: (outcome: SubmitOutcome) => void;
  /** What it was refused with. */
  readonly gap: SubmitOutcome;
}

interface HeldBatch extends RefusedBatch {
  readonly sessionId: string;
  readonly firstSeq: number;
  /** When it has waited long enough. */
  readonly until: number;
  looks: number;
  timer: Timer | undefined;
}

function leavesGap(outcome: SubmitOutcome): boolean {
  return !outcome.ok && outcome.failure.reason === Reason.SEQ_GAP;
}

/**
 * The first number of a batch that may be submitted again, undefined for any other. What the server numbers would be
 * accepted once more; and a gap within a batch is its client's fault, which waiting does not mend.
 */
function firstOf({ submissions }: Batch): number | undefined {
  const first = submissions[0]?.seq ?? 0;
  const isRising = submissions.every(({ seq }, index) => seq === first + index);
  return first > 0 && isRising ? first : undefined;
}
