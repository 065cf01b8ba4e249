/**
 * Preloaded into a node under attack. On SIGUSR2 it collects its garbage and writes how many bytes it holds then, in its
 * heap and in buffers outside of it: what the allocator and V8 keep for the next burst is not in it.
 */
import { renameSync, writeFileSync } from "node:fs";
import process from "node:process";

/** The variable that names the file. */
export const heldMemoryFile = "PARLEY_TEST_HELD_MEMORY";

const path = process.env[heldMemoryFile];
if (path !== undefined) {
  process.on("SIGUSR2", () => {
    globalThis.gc?.({ type: "major", execution: "sync", flavor: "last-resort" });
    const { heapUsed, external } = process.memoryUsage();
    writeFileSync(`${path}.new`, `${heapUsed + external}`);
    renameSync(`${path}.new`, path);
  });
}
