import { type Calls, runCalls } from "../calls.ts";
import { connectPairs, disconnect } from "../crowd.ts";
import { type KindName, kindNames, kinds } from "../kinds.ts";
import { ServerProcess } from "../server-process.ts";
import { halfLoad, pairCount } from "./half-load.ts";
import { type Effort, type Findings, median, rounded } from "./part.ts";

/** What a call costs: 200 peers on one connection each, all servers in turn, several rounds. */
export async function measureCallSetUp(
  { callRounds: rounds, seconds }: Effort,
  log: (text: string) => void,
): Promise<Findings> {
  const closed = new Map<KindName, Calls[]>();
  const half = new Map<KindName, Calls[]>();
  const rate = await halfLoad(seconds);
  for (let round = 0; round < rounds; round++) {
    for (const name of kindNames) {
      const runs = await callsAtBothLoads(name, seconds, rate);
      add(closed, name, runs.full);
      add(half, name, runs.half);
    }
    log(`call set-up: round ${round + 1} of ${rounds}, half load is ${rate} calls per second`);
  }
  const figures: Record<string, number> = {};
  const rows = kindNames.map((name) => {
    const of = (runs: Map<KindName, Calls[]>, key: keyof Calls) =>
      median((runs.get(name) ?? []).map((run) => run[key]));
    figures[`${name}.cpu`] = of(half, "cpuMicrosPerCall");
    figures[`${name}.p99`] = of(half, "p99Ms");
    figures[`${name}.cpuFull`] = of(closed, "cpuMicrosPerCall");
    return [
      kinds[name].title,
      rounded(of(half, "cpuMicrosPerCall")),
      rounded(of(half, "p50Ms"), 2),
      rounded(of(half, "p99Ms"), 2),
      rounded(of(closed, "cpuMicrosPerCall")),
      rounded(of(closed, "callsPerSecond")),
      rounded(of(closed, "clientLoad") * 100),
    ];
  });
  return {
    figures,
    sections: [
      {
        title: "A call",
        text: `200 peers with one connection each; a page has two. Half load is ${rate} calls per second. Delays are those of single signals at half load. The last column shows how busy the clients were at full load: near 100, the clients set the pace, and the server could have done more.`,
        columns: [
          "server",
          "µs CPU per call, half load",
          "p50 ms",
          "p99 ms",
          "µs CPU per call, full load",
          "calls per second",
          "clients' core, %",
        ],
        rows,
      },
    ],
  };
}

/** Calls at both loads. Full load first: what it compiles, half load would pay for. */
export async function callsAtBothLoads(
  name: KindName,
  seconds: number,
  rate: number,
): Promise<{ readonly full: Calls; readonly half: Calls }> {
  await using server = await ServerProcess.start(kinds[name]);
  const pairs = await connectPairs(kinds[name], server.url, pairCount);
  const full = await runCalls(server, pairs, seconds);
  const half = await runCalls(server, pairs, seconds, rate);
  disconnect(pairs);
  return { full, half };
}

function add(runs: Map<KindName, Calls[]>, name: KindName, calls: Calls): void {
  runs.set(name, [...(runs.get(name) ?? []), calls]);
}
