import type { Clock } from "./clock.ts";

/** Timers by name, each of which runs at most once at a time. */
export class Timers<Name extends string> {
  readonly #clock: Clock;
  readonly #stops = new Map<Name, () => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls back after so many milliseconds, unless the timer runs already. */
  start(name: Name, delayMs: number, callback: () => void): void {
    if (!this.runs(name)) this.restart(name, delayMs, callback);
  }

  /** Calls back after so many milliseconds from now, and no more at the time that was set before. */
  restart(name: Name, delayMs: number, callback: () => void): void {
    this.stop(name);
    const stop = this.#clock.after(delayMs, () => {
      this.#stops.delete(name);
      callback();
    });
    this.#stops.set(name, stop);
  }

  runs(name: Name): boolean {
    return this.#stops.has(name);
  }

  stop(name: Name): void {
    this.#stops.get(name)?.();
    this.#stops.delete(name);
  }

  stopAll(): void {
    for (const name of this.#stops.keys()) this.stop(name);
  }
}
