import { readFileSync } from "node:fs";

/** Descriptors that are no client's: libraries, Redis, logs, and some to spare. */
const ownFiles = 64;
/** How many connections are taken if the limit of open files is not known. */
const fallback = 10_000;

/** How many connections this process has descriptors for. */
export function connectionsFor(openFiles: number | undefined): number {
  if (openFiles === undefined) return fallback;
  return Math.max(16, Math.min(openFiles - ownFiles, Math.floor(openFiles * 0.95)));
}

/** The limit of open files (`ulimit -n`) of this process; undefined if the system does not report it. */
export function openFilesLimit(file = "/proc/self/limits"): number | undefined {
  try {
    const soft = /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync(file, "utf8"))?.[1];
    return soft === undefined || soft === "unlimited" ? undefined : Number(soft);
  } catch {
    return undefined; // not on this system
  }
}
