import { setTimeout as wait } from "node:timers/promises";
import { runCalls } from "../calls.ts";
import { connectIdle, connectPairs, disconnect } from "../crowd.ts";
import { kinds } from "../kinds.ts";
import { ServerProcess } from "../server-process.ts";
import { halfLoad, pairCount } from "./half-load.ts";
import { type Effort, type Findings, median, rounded } from "./part.ts";

const sizes = [2, 10, 50];
/** How long nobody calls, in milliseconds: an interval of heartbeats, so that each idle peer has had its own. */
const quietMs = 15_000;

/** What one measurement found, in microseconds of processor time. */
interface Growth {
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
  for (const [idle, found] of await inTurns(rounds, growth, (idle) => once(seconds, rate, idle, 2))) {
    figures[`idle${idle}.cpu`] = found.perCall;
    figures[`idle${idle}.ownCpu`] = found.perCall - found.quietSecond / rate;
    beside.push([
      String(idle),
      rounded(found.perCall),
      rounded(found.quietSecond / 1e4, 1),
      rounded(found.perCall - found.quietSecond / rate),
    ]);
    log(`growth: ${idle} idle peers, ${rounded(found.perCall)} µs a call`);
  }
  const rooms: string[][] = [];
  for (const [size, { perCall }] of await inTurns(rounds, sizes, (size) => once(seconds, rate, 0, size))) {
    rooms.push([String(size), rounded(perCall)]);
    log(`growth: rooms of ${size}, ${rounded(perCall)} µs a call`);
  }
  const text = `Parley by gRPC, 200 calling peers, half load: ${rate} calls a second.`;
  return {
    figures,
    sections: [
      {
        title: "Idle peers beside the calls",
        text: `${text} The idle peers cost something by themselves, heartbeats and PING, which the second column is charged with; it was measured before the calls began, and the last column is without it.`,
        columns: [
          "idle peers",
          "µs CPU a call, all told",
          "the idle by themselves, % of a core",
          "µs CPU a call, without",
        ],
        rows: beside,
      },
      { title: "Peers of a room", text, columns: ["peers of a room", "µs CPU a call"], rows: rooms },
    ],
  };
}

async function once(seconds: number, rate: number, idle: number, size: number): Promise<Growth> {
  await using server = await ServerProcess.start(kinds.grpc);
  const pairs = await connectPairs(kinds.grpc, server.url, pairCount, size);
  const clients = await connectIdle(kinds.grpc, server.url, idle);
  // What full load compiles, the calls that are counted would pay for.
  await runCalls(server, pairs, seconds);
  const quietSecond = idle === 0 ? 0 : await quiet(server);
  const { cpuMicrosPerCall } = await runCalls(server, pairs, seconds, rate);
  disconnect(pairs);
  for (const client of clients) client.cut();
  return { perCall: cpuMicrosPerCall, quietSecond };
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
  measure: (value: number) => Promise<Growth>,
): Promise<(readonly [number, Growth])[]> {
  const measured = values.map((value) => ({ value, results: [] as Growth[] }));
  for (let round = 0; round < rounds; round++) {
    for (const { value, results } of measured) results.push(await measure(value));
  }
  return measured.map(({ value, results }) => {
    const of = (key: keyof Growth) => median(results.map((result) => result[key]));
    return [value, { perCall: of("perCall"), quietSecond: of("quietSecond") }] as const;
  });
}
