// Loaded into every server that is measured: SIGUSR2 collects the garbage, so that memory can be compared. With
// the flavor that compacts: the holes of a heap depend on the order in which peers came, and no run has the same.
import process from "node:process";

process.on("SIGUSR2", () => {
  const { gc } = globalThis as { gc?: NodeJS.GCFunction };
  gc?.({ type: "major", execution: "sync", flavor: "last-resort" });
});
