import { setTimeout as wait } from "node:timers/promises";
import type { Pair } from "./call.ts";

/** What a time of calls came to. */
export interface Calls {
  readonly cpuMicrosPerCall: number;
  readonly callsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Whose processor time is counted. */
export interface CpuMeter {
  readonly cpuMicros: number;
}

/** Before anything is counted, in milliseconds: the code is to be compiled, and the connections warm. */
const warmUpMs = 1500;

/**
 * Lets pairs call one another for so long and counts.
 * @param rate calls begun in a second; undefined for as many as go, each pair one after another.
 */
export async function runCalls(
  server: CpuMeter,
  pairs: readonly Pair[],
  seconds: number,
  rate?: number,
): Promise<Calls> {
  const idle = [...pairs];
  let calls = 0;
  let over = false;
  const begin = (pair: Pair) => {
    pair.call(() => {
      calls++;
      if (rate !== undefined) idle.push(pair);
      else if (!over) begin(pair);
    });
  };
  const stop = rate === undefined ? undefined : beginAtRate(rate, () => idle.shift(), begin);
  if (rate === undefined) for (const pair of idle.splice(0)) begin(pair);
  await wait(warmUpMs);
  for (const pair of pairs) pair.delays.length = 0;
  const [cpuBefore, callsBefore, began] = [server.cpuMicros, calls, performance.now()];
  await wait(seconds * 1000);
  const [cpu, done] = [server.cpuMicros - cpuBefore, calls - callsBefore];
  const elapsed = performance.now() - began;
  over = true;
  stop?.();
  if (done === 0) throw new Error("no call was set up");
  const delays = pairs.flatMap((pair) => pair.delays).sort((a, b) => a - b);
  const quantile = (share: number) => delays[Math.floor(delays.length * share)] ?? Number.NaN;
  return {
    cpuMicrosPerCall: cpu / done,
    callsPerSecond: (done / elapsed) * 1000,
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
  };
}

/** Begins calls at even distances; one that finds no idle pair is left out. */
function beginAtRate(rate: number, next: () => Pair | undefined, begin: (pair: Pair) => void): () => void {
  let due = performance.now();
  const timer = setInterval(() => {
    for (; due < performance.now(); due += 1000 / rate) {
      const pair = next();
      if (pair !== undefined) begin(pair);
    }
  }, 1);
  return () => clearInterval(timer);
}
