import type { Level, Target } from "./target.ts";

/** How often the node is looked at, in milliseconds. */
const sampleMs = 50;

/** Watches what a node holds, from its creation until it is disposed of. */
export class Gauge implements Disposable {
  /** The highest values so far. */
  residentMb = 0;
  descriptors = 0;
  /** Rejects with a NodeDied when the node is gone. */
  readonly died: Promise<never>;
  readonly #timer: NodeJS.Timeout;

  constructor(target: Target) {
    const { promise, reject } = Promise.withResolvers<never>();
    this.died = promise;
    // Not everybody waits for it.
    promise.catch(() => {});
    this.#timer = setInterval(() => {
      try {
        this.#take(target.level);
      } catch (error) {
        clearInterval(this.#timer);
        reject(error);
      }
    }, sampleMs);
  }

  #take({ residentMb, descriptors }: Level): void {
    this.residentMb = Math.max(this.residentMb, residentMb);
    this.descriptors = Math.max(this.descriptors, descriptors);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
