import process from "node:process";
import { setTimeout as wait } from "node:timers/promises";
import type { Pair } from "./call.ts";

/** What a time of calls came to. */
export interface Calls {
  readonly cpuMicrosPerCall: number;
  readonly callsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** How much of their core the clients used, 0 to 1: near 1, it was they who set the pace. */
  readonly clientLoad: number;
}

/** Whose processor time is counted. */
export interface CpuMeter {
  readonly cpuMicros: number;
}

/** Before anything is counted, in milliseconds: the code is to be compiled, and the connections warm. */
const warmUpMs = 1500;
/** How long the last calls may take to be set up, in milliseconds. */
const lastCallsMs = 10_000;
/** A run at a rate that reaches less than this share of it has measured something else. */
const leastOfRate = 0.9;

/**
 * Lets pairs call one another for so long and counts. Every pair is idle again when it resolves.
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
  let underWay = 0;
  let over = false;
  const begin = (pair: Pair) => {
    underWay++;
    pair.call(() => {
      calls++;
      underWay--;
      if (rate !== undefined) idle.push(pair);
      else if (!over) begin(pair);
    });
  };
  const stop = rate === undefined ? undefined : beginAtRate(rate, () => idle.shift(), begin);
  if (rate === undefined) for (const pair of idle.splice(0)) begin(pair);
  await wait(warmUpMs);
  for (const pair of pairs) pair.delays.length = 0;
  const ownBefore = process.cpuUsage();
  const [cpuBefore, callsBefore, began] = [server.cpuMicros, calls, performance.now()];
  await wait(seconds * 1000);
  const [cpu, done] = [server.cpuMicros - cpuBefore, calls - callsBefore];
  const elapsed = performance.now() - began;
  const own = process.cpuUsage(ownBefore);
  over = true;
  stop?.();
  const delays = pairs.flatMap((pair) => pair.delays).sort((a, b) => a - b);
  const quantile = (share: number) => delays[Math.floor(delays.length * share)] ?? Number.NaN;
  // What is still under way would be counted for the calls of the next run.
  for (let waited = 0; underWay > 0 && waited < lastCallsMs; waited += 10) await wait(10);
  if (underWay > 0) throw new Error(`${underWay} calls were never set up`);
  const callsPerSecond = (done / elapsed) * 1000;
  if (done === 0) throw new Error("no call was set up");
  if (rate !== undefined && callsPerSecond < rate * leastOfRate) {
    process.stderr.write(`asked for ${rate} calls a second, and ${Math.round(callsPerSecond)} went\n`);
  }
  return {
    cpuMicrosPerCall: cpu / done,
    callsPerSecond,
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
    clientLoad: (own.user + own.system) / 1000 / elapsed,
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
