import { askAt } from "../../redis/ask.ts";
import { RedisServer } from "../../redis/redis-server.ts";
import { runCalls } from "../calls.ts";
import { cores, pin } from "../cores.ts";
import { processCpuMicros } from "../cpu.ts";
import { connectPairs, disconnect } from "../crowd.ts";
import { kinds } from "../kinds.ts";
import { ServerProcess } from "../server-process.ts";
import { type Effort, type Findings, median, rounded } from "./part.ts";

/** Calls begun in a second: what one core can do for three nodes and Redis together. */
const rate = 300;

/** What a call costs over Redis: 1, 2 and 3 nodes, and the engine in memory beside them. */
export async function measureSharedRedis(
  { rounds, seconds }: Effort,
  log: (text: string) => void,
): Promise<Findings> {
  const rows: string[][] = [];
  const figures: Record<string, number> = {};
  for (const nodes of [0, 1, 2, 3]) {
    const runs: Awaited<ReturnType<typeof once>>[] = [];
    for (let round = 0; round < rounds; round++) runs.push(await once(nodes, seconds));
    const of = (key: keyof (typeof runs)[number]) => median(runs.map((run) => run[key]));
    figures[`redis${nodes}.cpu`] = of("nodes");
    rows.push([
      nodes === 0 ? "1, in memory" : `${nodes}, on Redis`,
      rounded(of("nodes")),
      nodes === 0 ? "-" : rounded(of("redis")),
      nodes === 0 ? "-" : rounded(of("scripts"), 1),
      rounded(of("p50Ms"), 2),
      rounded(of("p99Ms"), 2),
      rounded(of("callsPerSecond")),
    ]);
    log(
      `redis: ${nodes} nodes, ${rounded(of("nodes"))} µs of theirs per call, ${rounded(of("redis"))} of Redis, ${rounded(of("scripts"), 1)} scripts`,
    );
  }
  return {
    figures,
    sections: [
      {
        title: "Nodes that share a Redis",
        text: `Parley over gRPC, 200 peers, ${rate} calls per second; the two peers of a call are on different nodes if there are several. Nodes and Redis share one core. A script is one EVALSHA: one per batch of signals, and eight batches make a call. The last column shows full load.`,
        columns: [
          "nodes",
          "µs CPU of the nodes per call",
          "µs CPU of Redis per call",
          "scripts per call",
          "p50 ms",
          "p99 ms",
          "calls per second",
        ],
        rows,
      },
    ],
  };
}

async function once(nodes: number, seconds: number) {
  await using redis = nodes === 0 ? undefined : await RedisServer.start();
  // It would stand on the core of the clients, who start it.
  if (redis?.pid !== undefined) pin(redis.pid, cores.servers);
  await using stack = new AsyncDisposableStack();
  const shared = redis === undefined ? [] : ["--redis-url", redis.url];
  const servers: ServerProcess[] = [];
  for (let n = 0; n < Math.max(nodes, 1); n++) {
    servers.push(stack.use(await ServerProcess.start(kinds.grpc, "--node", `n${n}`, ...shared)));
  }
  const urls = servers.map(({ url }) => url);
  const pairs = await connectPairs(kinds.grpc, urls, 100);
  const redisCpu = () => (redis?.pid === undefined ? 0 : processCpuMicros(redis.pid));
  const meter = {
    get cpuMicros() {
      return servers.reduce((sum, { cpuMicros }) => sum + cpuMicros, 0);
    },
  };
  // First, since what it compiles, the run at a rate would pay for.
  const full = await runCalls(meter, pairs, seconds);
  const [cpuBefore, scriptsBefore] = [redisCpu(), await scriptCalls(redis)];
  const measured = await runCalls(meter, pairs, seconds, rate);
  const [redisMicros, scripts] = [redisCpu() - cpuBefore, (await scriptCalls(redis)) - scriptsBefore];
  disconnect(pairs);
  // The warm-up is counted for Redis, and its calls with it.
  const calls = measured.callsPerSecond * (seconds + 1.5);
  return {
    nodes: measured.cpuMicrosPerCall,
    redis: redisMicros / calls,
    scripts: scripts / calls,
    p50Ms: measured.p50Ms,
    p99Ms: measured.p99Ms,
    callsPerSecond: full.callsPerSecond,
  };
}

/** How many scripts a Redis has run so far. */
async function scriptCalls(redis: RedisServer | undefined): Promise<number> {
  if (redis === undefined) return 0;
  using asking = await askAt(redis.url);
  const stats = String(await asking.ask("INFO", "commandstats"));
  return Number(/^cmdstat_evalsha:calls=(\d+)/m.exec(stats)?.[1] ?? 0);
}
