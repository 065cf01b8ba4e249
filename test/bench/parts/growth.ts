import { runCalls } from "../calls.ts";
import { connectIdle, connectPairs, disconnect } from "../crowd.ts";
import { kinds } from "../kinds.ts";
import { ServerProcess } from "../server-process.ts";
import { type Effort, type Findings, median, rounded } from "./part.ts";

/** Calls begun in a second: so few that a server with ten thousand peers keeps up. */
const rate = 500;
const sizes = [2, 10, 50];
const warmUpSeconds = 0.5;

/** Whether a call costs more where more peers are connected, or more are in the room. */
export async function measureGrowth(effort: Effort, log: (text: string) => void): Promise<Findings> {
  const { rounds, seconds, growth } = effort;
  const figures: Record<string, number> = {};
  const beside: string[][] = [];
  for (const [idle, cpu] of await inTurns(rounds, growth, (idle) => once(seconds, idle, 2))) {
    figures[`idle${idle}.cpu`] = cpu;
    beside.push([String(idle), rounded(cpu)]);
    log(`growth: ${idle} idle peers, ${rounded(cpu)} µs a call`);
  }
  const rooms: string[][] = [];
  for (const [size, cpu] of await inTurns(rounds, sizes, (size) => once(seconds, 0, size))) {
    rooms.push([String(size), rounded(cpu)]);
    log(`growth: rooms of ${size}, ${rounded(cpu)} µs a call`);
  }
  const text = `Parley by gRPC, 200 calling peers, ${rate} calls a second.`;
  return {
    figures,
    sections: [
      { title: "Idle peers beside the calls", text, columns: ["idle peers", "µs CPU a call"], rows: beside },
      { title: "Peers of a room", text, columns: ["peers of a room", "µs CPU a call"], rows: rooms },
    ],
  };
}

async function once(seconds: number, idle: number, size: number): Promise<number> {
  await using server = await ServerProcess.start(kinds.grpc);
  const pairs = await connectPairs(kinds.grpc, server.url, 100, size);
  const clients = await connectIdle(kinds.grpc, server.url, idle);
  // What full load compiles, the few calls that are counted would pay for.
  await runCalls(server, pairs, warmUpSeconds);
  const { cpuMicrosPerCall } = await runCalls(server, pairs, seconds, rate);
  disconnect(pairs);
  for (const client of clients) client.cut();
  return cpuMicrosPerCall;
}

/** Measures for each value in turn, so many times, so that what drifts drifts for all; the medians. */
async function inTurns(
  rounds: number,
  values: readonly number[],
  measure: (value: number) => Promise<number>,
): Promise<(readonly [number, number])[]> {
  const measured = values.map((value) => ({ value, results: [] as number[] }));
  for (let round = 0; round < rounds; round++) {
    for (const { value, results } of measured) results.push(await measure(value));
  }
  return measured.map(({ value, results }) => [value, median(results)] as const);
}
