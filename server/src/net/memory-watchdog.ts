import { readFileSync } from "node:fs";
import type { Clock } from "../time/clock.ts";

/** How often it is looked at, in milliseconds. */
const lookMs = 1000;
/** It is over once so much less is used than the limit, as a share of it: not to begin again at once. */
const relief = 0.95;

export interface MemoryWatchdogOptions {
  /** From which use on no new session is taken, in bytes. */
  readonly limitBytes: number;
  readonly clock: Clock;
  /** What is used now, in bytes. Default the resident memory of this process. */
  readonly usedBytes?: () => number;
  /** Memory has become short, or is short no longer. */
  readonly onChange: (isShort: boolean, usedBytes: number) => void;
}

/** Notices when memory runs short, before the kernel ends the process. */
export class MemoryWatchdog {
  readonly #options: MemoryWatchdogOptions;
  #cancel: (() => void) | undefined;
  #isShort = false;

  constructor(options: MemoryWatchdogOptions) {
    this.#options = options;
  }

  start(): void {
    this.#cancel = this.#options.clock.after(lookMs, this.#look);
  }

  stop(): void {
    this.#cancel?.();
  }

  readonly #look = (): void => {
    const { limitBytes, usedBytes = process.memoryUsage.rss, onChange } = this.#options;
    const used = usedBytes();
    const isShort = used > limitBytes * (this.#isShort ? relief : 1);
    if (isShort !== this.#isShort) {
      this.#isShort = isShort;
      onChange(isShort, used);
    }
    this.start();
  };
}

/** Where the kernel says how much memory this process's group may use: version 2, then 1. */
const limitFiles = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"];
/** More than any machine has: version 1 has no other way to write "no limit". */
const endless = 2 ** 60;

/** The memory limit of this process's control group, in bytes; undefined if it has none. */
export function cgroupMemoryLimit(files: readonly string[] = limitFiles): number | undefined {
  for (const file of files) {
    try {
      const bytes = Number(readFileSync(file, "utf8").trim());
      return Number.isFinite(bytes) && bytes < endless ? bytes : undefined;
    } catch {
      // Not this version, or not on this system.
    }
  }
  return undefined;
}
