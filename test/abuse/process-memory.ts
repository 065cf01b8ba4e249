import { readFileSync } from "node:fs";

const sampleMs = 50;

/** Watches how far the resident memory of a process rises, from its creation until it is disposed of. */
export class ProcessMemory implements Disposable {
  readonly #pid: number;
  readonly #timer: NodeJS.Timeout;
  readonly #before: number;
  #peak: number;

  constructor(pid: number) {
    this.#pid = pid;
    this.#before = this.#residentMb;
    this.#peak = this.#before;
    this.#timer = setInterval(() => {
      this.#peak = Math.max(this.#peak, this.#residentMb);
    }, sampleMs);
  }

  /** In MB, rounded. */
  get grownMb(): number {
    return Math.round(this.#peak - this.#before);
  }

  get #residentMb(): number {
    const status = readFileSync(`/proc/${this.#pid}/status`, "utf8");
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
