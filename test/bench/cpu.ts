import { readFileSync } from "node:fs";

/** Ticks of the processor clock that Linux counts in a second (sysconf(_SC_CLK_TCK)). */
const ticksPerSecond = 100;

/** The processor time that a process has used, in microseconds, as the operating system counts it. */
export function processCpuMicros(pid: number): number {
  // The name, in parentheses, may hold spaces: what is counted comes after it.
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return ((Number(fields[11]) + Number(fields[12])) * 1e6) / ticksPerSecond;
}
