import type { Drama, Scenario } from "../drama.ts";
import { SentinelRedis } from "../sentinel.ts";
import { askRedis, infoOf, SingleRedis, singleRedis } from "../storage.ts";

/** What these scenarios have in common. */
const onOneRedis = {
  nodes: 3,
  storage: () => SingleRedis.start(),
  dooms: true,
  // Every signal needs Redis: while it is away nobody is spared.
  slower: Number.POSITIVE_INFINITY,
} satisfies Partial<Scenario>;

function sentinelRedis({ stage: { storage } }: Drama): SentinelRedis {
  if (storage instanceof SentinelRedis) return storage;
  throw new Error("this needs a Redis with a sentinel");
}

async function restart(drama: Drama, signal: NodeJS.Signals): Promise<void> {
  const { server } = singleRedis(drama);
  const before = await infoOf(server.url, "run_id");
  await server.stop(signal);
  await drama.pause(1000);
  await server.start();
  const after = await infoOf(server.url, "run_id");
  drama.happened(before !== "" && after !== before, "another Redis process is there");
  await drama.doom();
  await drama.pause(drama.profile.afterwardsMs);
}

export const redisRestart: Scenario = {
  id: "3a",
  name: "Redis restarted, with an append-only file",
  ...onOneRedis,
  run: (drama) => restart(drama, "SIGTERM"),
};

export const redisKilled: Scenario = {
  id: "3f",
  name: "Redis killed and started again, its file synced every second",
  ...onOneRedis,
  // What it had answered and not yet written is gone: the last second or two.
  mayTell: true,
  run: (drama) => restart(drama, "SIGKILL"),
};

export const redisCutOff: Scenario = {
  id: "3b",
  name: "Redis cut off by the network",
  ...onOneRedis,
  async run(drama) {
    const { network } = singleRedis(drama);
    const lostBefore = drama.streamsLost;
    const cut = network.down();
    drama.happened(cut >= drama.stage.nodes.length, `${cut} links were cut`);
    await drama.pause(drama.profile.redisAwayMs / 2);
    await drama.doom();
    await drama.pause(drama.profile.redisAwayMs / 2);
    drama.must(network.connections === 0, "no node reached Redis meanwhile");
    network.up();
    drama.note(`${cut} links cut; streams of clients lost: ${drama.streamsLost - lostBefore}`);
    await drama.pause(drama.profile.afterwardsMs);
  },
};

export const redisStalled: Scenario = {
  id: "3c",
  name: "links to Redis stalled half-open",
  ...onOneRedis,
  async run(drama) {
    const { network } = singleRedis(drama);
    const led = network.led;
    const stalled = network.stall();
    drama.happened(stalled >= drama.stage.nodes.length, `${stalled} links were stalled`);
    const from = Date.now();
    await drama.until(() => network.led >= led + stalled, "the nodes to make new links", 30_000);
    drama.note(`${stalled} links replaced within ${((Date.now() - from) / 1000).toFixed(1)} s`);
    await drama.doom();
    await drama.pause(drama.profile.afterwardsMs);
  },
};

export const failover: Scenario = {
  id: "3d",
  name: "Redis primary killed under Sentinel",
  ...onOneRedis,
  storage: () => SentinelRedis.start(),
  mayTell: true,
  async run(drama) {
    const { primary, replica } = sentinelRedis(drama);
    const from = Date.now();
    await primary.stop("SIGKILL");
    while ((await infoOf(replica.url, "role")) !== "master") {
      if (Date.now() - from > 30_000) throw new Error("the replica was not promoted");
      await drama.pause(50);
    }
    drama.happened(true, "the replica was promoted");
    drama.note(`promoted after ${((Date.now() - from) / 1000).toFixed(1)} s`);
    await drama.doom();
    await drama.pause(drama.profile.afterwardsMs * 2);
  },
};

export const flush: Scenario = {
  id: "3e",
  name: "FLUSHALL",
  ...onOneRedis,
  mayTell: true,
  async run(drama) {
    const { server } = singleRedis(drama);
    await drama.doom();
    const before = Number(await askRedis(server.url, "DBSIZE"));
    drama.must(before > 0, "there was something to lose");
    const answer = await askRedis(server.url, "FLUSHALL");
    drama.happened(answer === "OK", `Redis forgot ${before} keys`);
    drama.note(`${before} keys`);
    await drama.pause(drama.profile.afterwardsMs * 2);
  },
};

export const lateBytes: Scenario = {
  id: "3g",
  name: "links to Redis half-open, and what was written on them arrives late",
  ...onOneRedis,
  async run(drama) {
    const { network } = singleRedis(drama);
    const led = network.led;
    const held = network.hold();
    drama.happened(held >= drama.stage.nodes.length, `${held} links were held`);
    await drama.until(() => network.led >= led + held, "the nodes to make new links", 30_000);
    const commands = network.held.split("EVALSHA").length - 1;
    drama.must(commands > 0, "commands were on their way");
    await drama.doom();
    // Meanwhile everything is sent again, and more.
    await drama.pause(drama.profile.afterwardsMs);
    const taken = (await network.letGo()).split("EVALSHA").length - 1;
    drama.must(taken === 0, `Redis took nothing late, but it took ${taken} commands`);
    drama.note(`${held} links held, with ${commands} commands that came late, and were not taken`);
    await drama.pause(drama.profile.afterwardsMs);
  },
};
