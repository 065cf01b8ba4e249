import { execFileSync } from "node:child_process";

/** Where what is measured runs, and where the clients do. */
export const cores = { servers: 0, clients: 1 } as const;

/**
 * Binds a process to a core with every thread that it has by now: those of the garbage collector too, which Node
 * begins before its first line.
 */
export function pin(pid: number, core: number): void {
  execFileSync("taskset", ["-a", "-c", "-p", String(core), String(pid)], { stdio: "ignore" });
}
