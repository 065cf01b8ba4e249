import { afterEach, beforeEach, expect, test } from "vitest";
import { RedisSwitchboard } from "../../server/src/engines/redis/redis-switchboard.ts";
import { systemClock } from "../../server/src/time/clock.ts";
import { testLimits } from "../switchboard/bench.ts";
import {
  join,
  joinRequest,
  type Peer,
  refusal,
  resume,
  signal,
  submit,
  tryJoin,
} from "../switchboard/peer.ts";
import { type Asking, askAt } from "./ask.ts";
import { RedisCluster } from "./redis-cluster.ts";
import { RedisServer } from "./redis-server.ts";
import { openTestNodes, type TestNodes } from "./test-nodes.ts";

const maxmemory = 8 * 2 ** 20;
/** After its window, a Redis that was full takes new sessions within this, in milliseconds. */
const latestMs = 10_000;
/** As much as one join may bring. */
const metadata = { filler: "x".repeat(4000) };
const roomPeers = 60;

let parts: AsyncDisposableStack;
let redis: RedisServer;
let nodes: TestNodes;
let one: RedisSwitchboard;
let two: RedisSwitchboard;
let asking: Asking;
let reported: unknown[];

beforeEach(async () => {
  parts = new AsyncDisposableStack();
  redis = parts.use(await RedisServer.start("--maxmemory", `${maxmemory}`));
  reported = [];
  nodes = await openTestNodes(
    redis,
    { ...testLimits, nodePeers: 10_000 },
    { onError: (error) => reported.push(error) },
  );
  parts.defer(() => nodes.close());
  [one, two] = nodes.switchboards;
  asking = await askAt(redis.url);
  parts.defer(() => asking[Symbol.dispose]());
  // Nobody is given up before all have had time to come back.
  await pass(11_000);
});
afterEach(() => parts.disposeAsync());

/** Lets time pass, in milliseconds, with all that the nodes do meanwhile. */
async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 250) {
    nodes.clock.advance(250);
    await nodes.settle();
  }
}

const ready = (node: RedisSwitchboard) => node.probe().then((warning) => warning ?? "ready", String);

/** Joins with as much metadata as may be, until joins are refused; the time of the nodes passes meanwhile. */
async function attack(): Promise<Peer[]> {
  const peers: Peer[] = [];
  for (let i = 0; ; i++) {
    const request = joinRequest(`room${Math.floor(i / roomPeers)}`, `peer${i}`, { metadata });
    const outcome = tryJoin(i % 2 ? one : two, request);
    if (i % 40 === 39) await pass(1000);
    const joined = await outcome;
    if (!joined.ok) {
      expect(refusal(joined)).toBe("SERVER_FULL");
      return peers;
    }
    peers.push({ seat: joined.seat, token: joined.token } as Peer);
  }
}

async function usedShare(): Promise<number> {
  const [, used] = /^used_memory:(\d+)/m.exec(String(await asking.ask("INFO", "memory"))) ?? [];
  return Number(used) / maxmemory;
}

/** How many of these were reported. */
const reports = (name: string) =>
  reported.filter((error) => error instanceof Error && error.name === name).length;

test("joins stop before Redis is full, which is reported once; those who are there go on, and it passes", async () => {
  const [ada, bob] = [await join(one, "honest", "ada"), await join(two, "honest", "bob")];
  const attackers = await attack();
  expect(await usedShare()).toBeGreaterThan(0.75);
  expect(await usedShare()).toBeLessThan(0.95);
  await pass(5000);
  expect(reports("StorageFullError")).toBe(2);
  expect([await ready(one), await ready(two)]).toEqual([
    expect.stringContaining("joins are refused"),
    expect.stringContaining("joins are refused"),
  ]);

  ada.send("bob", "n1");
  await nodes.settle();
  expect(bob.listener.relayed).toEqual(["signal n1 from ada"]);
  bob.seat.detach();
  await nodes.settle();
  expect((await resume(one, bob.token, 1)).name).toBe("bob");

  for (const { seat } of attackers) seat.detach();
  await pass(testLimits.resumeWindowMs + latestMs);
  expect(await ready(one)).toBe("ready");
  expect(refusal(await tryJoin(two, joinRequest("honest", "carol")))).toBe("ok");
}, 60_000);

test("a Redis that is full ends sessions, keeps those that are there, and is well again when it has room", async () => {
  const [ada, bob] = [await join(one, "honest", "ada"), await join(two, "honest", "bob")];
  const attackers = await attack();
  // Others that share it take the rest.
  await asking.ask("CONFIG", "SET", "maxmemory", "1");
  await pass(2000);
  expect([await ready(one), await ready(two)]).toEqual([
    expect.stringContaining("Redis is full"),
    expect.stringContaining("Redis is full"),
  ]);
  const batch = [signal(1, "ada", "n1")];
  const waiting = submit(two, bob.token, batch);
  const ooms = () => reported.map(String).filter((text) => text.includes("OOM")).length;
  await expect.poll(ooms, { timeout: 5000 }).toBe(1);
  for (let passed = 0; passed < 6000; passed += 100) nodes.clock.advance(100);
  expect(refusal(await waiting)).toBe("STORAGE_UNAVAILABLE");

  // What frees memory runs, and so does what keeps a session alive.
  for (const { seat } of attackers) seat.detach();
  expect(refusal(await submit(one, attackers[0]?.token ?? "", [{ kind: "leave", seq: 1 }]))).toBe("ok");
  const back = await resume(one, bob.token, 0);
  await pass(testLimits.resumeWindowMs + latestMs);
  expect(await usedShare()).toBeLessThan(0.5);
  expect([ada.listener.isLost, back.listener.isLost]).toEqual([false, false]);

  await asking.ask("CONFIG", "SET", "maxmemory", `${maxmemory}`);
  await pass(2000);
  expect(refusal(await submit(two, bob.token, batch))).toBe("ok");
  await nodes.settle();
  expect(ada.listener.relayed).toEqual(["signal n1 from bob"]);
  expect(await ready(one)).toBe("ready");
  expect(refusal(await tryJoin(two, joinRequest("honest", "carol")))).toBe("ok");
}, 60_000);

test("a node can start while Redis is full", async () => {
  await asking.ask("CONFIG", "SET", "maxmemory", "1");
  const others = await openTestNodes(redis, testLimits);
  parts.defer(() => others.close());
  await expect(others.switchboards[0].probe().then(() => "well", String)).resolves.toBe("well");
});

test("a shard of a cluster whose memory runs low stops joins", async () => {
  const cluster = parts.use(await RedisCluster.start(undefined, "--maxmemory", "16mb"));
  const node = new RedisSwitchboard(testLimits, {
    url: cluster.url,
    node: "one",
    clock: systemClock,
    onError: () => {},
  });
  parts.defer(() => node.close());
  await node.start();
  const noticed = (outcome: string) => {
    const tried = async () => refusal(await tryJoin(node, joinRequest("room", undefined)));
    return expect.poll(tried, { timeout: 15_000, interval: 200 }).toBe(outcome);
  };
  await noticed("ok");
  using shard = await askAt(cluster.servers[2]?.url ?? "");
  const key = await keyOn(shard);
  await shard.ask("SETRANGE", key, `${14 * 2 ** 20}`, "x");
  await noticed("SERVER_FULL");
  await shard.ask("DEL", key);
  await noticed("ok");
}, 60_000);

/** A key that this shard has. */
async function keyOn(shard: Asking): Promise<string> {
  for (let i = 0; ; i++) {
    const owned = await shard.ask("EXISTS", `filler${i}`).then(
      () => true,
      () => false,
    );
    if (owned) return `filler${i}`;
  }
}
