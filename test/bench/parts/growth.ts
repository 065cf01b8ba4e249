import { setTimeout as wait } from "node:timers/promises";
import { runCalls } from "../calls.ts";
import type { BenchClient } from "../clients/bench-client.ts";
import { connectIdle, connectPairs, disconnect } from "../crowd.ts";
import { type BenchKind, kinds } from "../kinds.ts";
import { ServerProcess } from "../server-process.ts";
import { halfLoad, pairCount } from "./half-load.ts";
import { type Effort, type Findings, median, rounded } from "./part.ts";

const sizes = [2, 10, 50];
/** How long nobody calls, in milliseconds: an interval of heartbeats, so that each idle peer has had its own. */
const quietMs = 15_000;

/** What was found beside so many idle peers, in microseconds of processor time. */
export interface Beside {
  /** Of a call, with everything that went on beside it. */
  readonly perCall: number;
  /** Of a second in which nobody called. */
  readonly quietSecond: number;
}

/** Whether a call costs more where more peers are connected, or more are in the room. */
export async function measureGrowth(effort: Effort, log: (text: string) => void): Promise<Findings> {
  const { rounds, seconds, growth } = effort;
  const rate = await halfLoad(seconds);
  const figures: Record<string, number> = {};
  const beside: string[][] = [];
  const crowds: Beside[][] = [];
  for (let round = 0; round < rounds; round++) {
    crowds.push(await besideIdle(kinds.grpc, growth, seconds, rate));
    log(`growth: round ${round + 1} of ${rounds}`);
  }
  for (const [i, idle] of growth.entries()) {
    const of = (key: keyof Beside) => median(crowds.map((found) => found[i]?.[key] ?? Number.NaN));
    const [perCall, quietSecond] = [of("perCall"), of("quietSecond")];
    figures[`idle${idle}.cpu`] = perCall;
    figures[`idle${idle}.ownCpu`] = perCall - quietSecond / rate;
    beside.push([
      String(idle),
      rounded(perCall),
      rounded(quietSecond / 1e4, 1),
      rounded(perCall - quietSecond / rate),
    ]);
    log(`growth: ${idle} idle peers, ${rounded(perCall)} µs per call`);
  }
  const rooms: string[][] = [];
  for (const [size, perCall] of await inTurns(rounds, sizes, (size) => inRoomsOf(size, seconds, rate))) {
    rooms.push([String(size), rounded(perCall)]);
    log(`growth: rooms of ${size}, ${rounded(perCall)} µs per call`);
  }
  const text = `Parley over gRPC, 200 calling peers, half load: ${rate} calls per second.`;
  return {
    figures,
    sections: [
      {
        title: "Calls beside idle peers",
        text: `${text} Idle peers cost something by themselves (heartbeats, PING). The third column shows how much, measured before the calls began, and the last column leaves it out. Idle peers are added to one running server.`,
        columns: [
          "idle peers",
          "µs CPU per call, in all",
          "idle peers alone, % of a core",
          "µs CPU per call, without them",
        ],
        rows: beside,
      },
      { title: "Larger rooms", text, columns: ["peers per room", "µs CPU per call"], rows: rooms },
    ],
  };
}

/**
 * Beside more and more idle peers, on one server: two processes of one program differ by more than what is looked
 * for.
 */
export async function besideIdle(
  kind: BenchKind,
  growth: readonly number[],
  seconds: number,
  rate: number,
): Promise<Beside[]> {
  await using server = await ServerProcess.start(kind);
  const pairs = await connectPairs(kind, server.url, pairCount);
  const clients: BenchClient[] = [];
  const found: Beside[] = [];
  for (const idle of growth) {
    clients.push(...(await connectIdle(kind, server.url, idle - clients.length, `beside${clients.length}`)));
    // What full load compiles, and what many joins leave behind, the calls that are counted would pay for.
    await runCalls(server, pairs, seconds);
    const quietSecond = await quiet(server);
    const { cpuMicrosPerCall } = await runCalls(server, pairs, seconds * 2, rate);
    found.push({ perCall: cpuMicrosPerCall, quietSecond });
  }
  disconnect(pairs);
  for (const client of clients) client.cut();
  return found;
}

async function inRoomsOf(size: number, seconds: number, rate: number): Promise<number> {
  await using server = await ServerProcess.start(kinds.grpc);
  const pairs = await connectPairs(kinds.grpc, server.url, pairCount, size);
  await runCalls(server, pairs, seconds);
  const { cpuMicrosPerCall } = await runCalls(server, pairs, seconds, rate);
  disconnect(pairs);
  return cpuMicrosPerCall;
}

async function quiet(server: ServerProcess): Promise<number> {
  const before = server.cpuMicros;
  await wait(quietMs);
  return (server.cpuMicros - before) / (quietMs / 1000);
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
