import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect } from "vitest";

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

/** What buffers hold now, in bytes, when the garbage is collected. */
export function heldBytes(): number {
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}

/** Expects that buffers hold less than 1 MB more than before. */
export async function expectNothingHeld(before: number): Promise<void> {
  // What was collected is given back beside the program: it may take a moment.
  await expect.poll(() => heldBytes() - before, { timeout: 5000 }).toBeLessThan(1_000_000);
}
