import type { Switchboard } from "../switchboard/switchboard.ts";
import type { Timer, Timers } from "../time/timers.ts";
import { checkHealth, type Health } from "./health.ts";

/** How often the engine is asked while a client watches, in milliseconds. */
const pollMs = 1000;

/** Whether this node is ready for new sessions: for `/readyz`, and for gRPC's health checks. */
export class Readiness {
  readonly #switchboard: Pick<Switchboard, "probe">;
  readonly #timers: Timers;
  readonly #watchers = new Set<() => void>();
  #draining = false;
  #shortOfMemory = false;
  #closed = false;

  constructor(switchboard: Pick<Switchboard, "probe">, timers: Timers) {
    this.#switchboard = switchboard;
    this.#timers = timers;
  }

  /** From now on the node is not ready; those who watch learn it at once. */
  drain(): void {
    this.#draining = true;
    this.#wakeAll();
  }

  /** While memory is short, the node is not ready. */
  set shortOfMemory(isShort: boolean) {
    this.#shortOfMemory = isShort;
    this.#wakeAll();
  }

  /** Ends every watch. */
  close(): void {
    this.#closed = true;
    this.#wakeAll();
  }

  async check(): Promise<Health> {
    if (this.#shortOfMemory) return { live: true, ready: false, message: "short of memory" };
    return checkHealth(this.#switchboard, () => this.#draining);
  }

  async ready(): Promise<boolean> {
    return (await this.check()).ready;
  }

  /**
   * Yields the state now and after each change, until `signal` is aborted or the node closes. A state that was
   * brief may be skipped.
   */
  async *changes(signal: AbortSignal): AsyncGenerator<boolean> {
    let last: boolean | undefined;
    while (!signal.aborted) {
      const ready = await this.ready();
      if (ready !== last) {
        last = ready;
        yield ready;
      }
      if (this.#closed) return;
      // While it was on its way to the client, the node may have begun to drain.
      if (!(ready && this.#draining)) await this.#nextLook(signal);
    }
  }

  /** Resolves after a while, or at once if the node drains or the watcher has gone. */
  #nextLook(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      let timer: Timer | undefined;
      const wake = () => {
        this.#timers.cancel(timer);
        this.#watchers.delete(wake);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      this.#watchers.add(wake);
      signal.addEventListener("abort", wake);
      timer = this.#timers.after(pollMs, wake);
      if (signal.aborted) wake();
    });
  }

  #wakeAll(): void {
    for (const wake of [...this.#watchers]) wake();
  }
}
