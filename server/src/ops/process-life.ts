import process from "node:process";
import type { Logger } from "./logger.ts";

/** What is stopped when the process is to end. */
interface Stoppable {
  /** @param drainMs how long to wait for clients to go elsewhere; by default as configured. */
  close(drainMs?: number): Promise<void>;
}

/** How long a node with a fault of its own waits for its clients to go elsewhere, in milliseconds. */
const faultDrainMs = 1000;
/** When it exits whatever still holds it, in milliseconds: after the drain, the connections and Redis. */
const faultExitMs = 6000;

/**
 * Stops the server when the process is asked to end, or when an exception was not caught: nothing can be said of the
 * state that it left, so the node logs it, hands its clients on, and exits with 1 for its supervisor to start it again.
 */
export function endWithProcess(server: Stoppable, logger: Logger): void {
  const close = (drainMs?: number) => {
    server.close(drainMs).catch((error: unknown) => {
      logger.error({ err: error }, "could not stop cleanly");
      process.exitCode = 1;
    });
  };

  let signals = 0;
  const stop = (signal: NodeJS.Signals) => {
    // The second signal means now.
    const now = signals++ > 0;
    if (now) process.exitCode = 1;
    logger.info({ signal }, "asked to stop");
    close(now ? 0 : undefined);
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);

  let faulty = false;
  process.on("uncaughtException", (error, origin) => {
    // What follows the first one is most likely its consequence, and could come without end.
    if (faulty) return;
    faulty = true;
    process.exitCode = 1;
    logger.error({ err: error, origin }, "unexpected exception: stopping");
    // The drain itself may hang on the fault. Alone, this timer keeps no process alive.
    setTimeout(() => process.exit(1), faultExitMs).unref();
    close(faultDrainMs);
  });

  // A log that nobody reads any more is no reason to end.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
}
