import { setTimeout as pause } from "node:timers/promises";

/**
 * Waits until something holds that no event reports. Rejects if it does not within `ms` milliseconds: by default long
 * enough for a busy machine.
 */
export async function until(
  holds: () => boolean | Promise<boolean>,
  what: string | (() => string),
  ms = 10_000,
): Promise<void> {
  const deadline = Date.now() + ms;
  // At first in short steps: most of what is waited for is about to happen.
  for (let step = 2; !(await holds()); step = Math.min(step * 1.5, 20)) {
    if (Date.now() > deadline) {
      throw new Error(`waited ${ms} ms in vain for ${typeof what === "string" ? what : what()}`);
    }
    await pause(step);
  }
}
