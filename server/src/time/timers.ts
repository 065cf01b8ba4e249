import type { Clock } from "./clock.ts";

/** One pending call of a `Timers`: a link in the list of the slot in which it falls due. */
export interface Timer {
  callback(): void;
  /** Both undefined once it has run or was cancelled. */
  previous: Link | undefined;
  next: Link | undefined;
}

/** What a list consists of: timers, and the slot itself, which closes the ring. */
interface Link {
  previous: Link | undefined;
  next: Link | undefined;
  callback?(): void;
}

/**
 * The timers of all sessions on one timer of the machine: a timing wheel. Ten thousand sessions that each
 * re-arm a timeout of their own would cost more than their signals; here arming is an insertion into a list.
 *
 * A timer runs up to one resolution late and never early.
 *
 * The lists are rings through the timers themselves, so that arming and cancelling allocate nothing else.
 */
export class Timers {
  readonly #clock: Clock;
  readonly #resolutionMs: number;
  readonly #slots = new Map<number, Link>();
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

  /** Milliseconds since an arbitrary moment: for durations. */
  now(): number {
    return this.#clock.now();
  }

  /** Milliseconds since the epoch: for timestamps. */
  wallTime(): number {
    return this.#clock.wallTime();
  }

  /** Calls back once, after at least `delayMs`. */
  after(delayMs: number, callback: () => void): Timer {
    const timer: Timer = { callback, previous: undefined, next: undefined };
    this.arm(timer, delayMs);
    return timer;
  }

  /** The same with a timer that is not pending: for what is one itself, because there are many of it. */
  arm(timer: Timer, delayMs: number): void {
    if (this.#count === 0) this.#done = this.#tickOf(this.#clock.now());
    const tick = Math.max(Math.ceil((this.#clock.now() + delayMs) / this.#resolutionMs), this.#done + 1);
    append(this.#slotOf(tick), timer);
    this.#count++;
    this.#stop ??= this.#clock.after(this.#resolutionMs, this.#turn);
  }

  /** Takes a timer back. No effect on one that has run. */
  cancel(timer: Timer | undefined): void {
    if (timer?.next === undefined) return;
    remove(timer);
    this.#count--;
  }

  #slotOf(tick: number): Link {
    let slot = this.#slots.get(tick);
    if (slot === undefined) {
      slot = { previous: undefined, next: undefined };
      slot.previous = slot;
      slot.next = slot;
      this.#slots.set(tick, slot);
    }
    return slot;
  }

  readonly #turn = (): void => {
    this.#stop = undefined;
    const until = this.#tickOf(this.#clock.now());
    while (this.#done < until) {
      this.#done++;
      const slot = this.#slots.get(this.#done);
      if (slot === undefined) continue;
      this.#slots.delete(this.#done);
      // One that runs may cancel others of its slot, so the list is read again each time.
      for (let timer = slot.next; timer !== undefined && timer !== slot; timer = slot.next) {
        remove(timer);
        this.#count--;
        timer.callback?.();
      }
    }
    if (this.#count > 0) this.#stop ??= this.#clock.after(this.#resolutionMs, this.#turn);
    else this.#slots.clear();
  };

  #tickOf(ms: number): number {
    return Math.floor(ms / this.#resolutionMs);
  }
}

function append(slot: Link, timer: Link): void {
  timer.previous = slot.previous;
  timer.next = slot;
  if (slot.previous !== undefined) slot.previous.next = timer;
  slot.previous = timer;
}

function remove(timer: Link): void {
  const { previous, next } = timer;
  if (previous !== undefined) previous.next = next;
  if (next !== undefined) next.previous = previous;
  timer.previous = undefined;
  timer.next = undefined;
}
