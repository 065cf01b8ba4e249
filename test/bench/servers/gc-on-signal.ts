// Loaded into every server that is measured: SIGUSR2 collects the garbage, so that memory can be compared.
import process from "node:process";

process.on("SIGUSR2", () => {
  const { gc } = globalThis as { gc?: () => void };
  gc?.();
  gc?.();
});
