import type { Clock } from "./clock.ts";

/** One pending call of a `Timers`. */
export interface Timer {
  /** The tick it falls due in; -1 once it has run or was cancelled. */
  tick: number;
  readonly callback: () => void;
}

/**
 * The timers of all sessions on one timer of the machine: a timing wheel. Ten thousand sessions that each
 * re-arm a timeout of their own would cost more than their signals; here arming is an insertion into a set.
 *
 * A timer runs up to one resolution late and never early.
 */
export class Timers {
  readonly #clock: Clock;
  readonly #resolutionMs: number;
  readonly #slots = new Map<number, Set<Timer>>();
  #count = 0;
  #done: number;
  #stop: (() => void) | undefined;

  /** @param resolutionMs the width of a slot, in milliseconds. */
  constructor(clock: Clock, resolutionMs = 25) {
    this.#clock = clock;
    this.#resolutionMs = resolutionMs;
    this.#done = this.#tickOf(clock.now());
  }

  /** How many timers are pending. */
  get pending(): number {
    return this.#count;
  }

  now(): number {
    return this.#clock.now();
  }

  /** Calls back once, after at least `delayMs`. */
  after(delayMs: number, callback: () => void): Timer {
    if (this.#count === 0) this.#done = this.#tickOf(this.#clock.now());
    const timer = { tick: 0, callback };
    this.#arm(timer, delayMs);
    return timer;
  }

  /** Takes a timer back. No effect on one that has run. */
  cancel(timer: Timer | undefined): void {
    if (timer === undefined || timer.tick < 0) return;
    this.#slots.get(timer.tick)?.delete(timer);
    timer.tick = -1;
    this.#count--;
  }

  #arm(timer: Timer, delayMs: number): void {
    timer.tick = Math.max(Math.ceil((this.#clock.now() + delayMs) / this.#resolutionMs), this.#done + 1);
    let slot = this.#slots.get(timer.tick);
    if (slot === undefined) {
      slot = new Set();
      this.#slots.set(timer.tick, slot);
    }
    slot.add(timer);
    this.#count++;
    this.#stop ??= this.#clock.after(this.#resolutionMs, this.#turn);
  }

  readonly #turn = (): void => {
    this.#stop = undefined;
    const until = this.#tickOf(this.#clock.now());
    while (this.#done < until) {
      this.#done++;
      const slot = this.#slots.get(this.#done);
      if (slot === undefined) continue;
      this.#slots.delete(this.#done);
      for (const timer of slot) {
        if (timer.tick < 0) continue; // cancelled by one that ran before it in this slot
        timer.tick = -1;
        this.#count--;
        timer.callback();
      }
    }
    if (this.#count > 0) this.#stop ??= this.#clock.after(this.#resolutionMs, this.#turn);
    else this.#slots.clear();
  };

  #tickOf(ms: number): number {
    return Math.floor(ms / this.#resolutionMs);
  }
}
