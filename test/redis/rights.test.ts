import { afterEach, describe, expect, test } from "vitest";
import { RedisSwitchboard } from "../../server/src/engines/redis/redis-switchboard.ts";
import { systemClock } from "../../server/src/time/clock.ts";
import { testLimits } from "../switchboard/bench.ts";
import { askAt } from "./ask.ts";
import { refusals, urlWithDocumentedRights } from "./documented-rights.ts";
import { RedisCluster } from "./redis-cluster.ts";
import { RedisSentinels } from "./redis-sentinels.ts";
import { RedisServer } from "./redis-server.ts";
import { expectToRelay } from "./relaying.ts";

let opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of opened.reverse()) await each[Symbol.asyncDispose]();
  opened = [];
});

function use<Resource extends AsyncDisposable>(resource: Resource): Resource {
  opened.push(resource);
  return resource;
}

async function open(url: string, node: string): Promise<RedisSwitchboard> {
  const onError = (error: unknown) => errors.push(String(error));
  const switchboard = new RedisSwitchboard(testLimits, { url, node, clock: systemClock, onError });
  use({ [Symbol.asyncDispose]: () => switchboard.close() });
  await switchboard.start();
  return switchboard;
}

let errors: string[] = [];
afterEach(() => {
  errors = [];
});

// The whole suite of the engine runs with these rights as well: test/switchboard/redis.test.ts.
describe("the rights in the documentation are enough", () => {
  test("on one server", async () => {
    const redis = use(await RedisServer.start());
    const url = await urlWithDocumentedRights(redis.url);
    await expectToRelay(await open(url, "one"), await open(url, "two"), "room");
    expect(await refusals(redis.url)).toEqual([]);
    expect(errors).toEqual([]);
  });

  test("on a cluster", async () => {
    const cluster = use(await RedisCluster.start());
    for (const { url } of cluster.servers) await urlWithDocumentedRights(url);
    const url = cluster.url.replace("://", "://parley:of-a-test@");
    await expectToRelay(await open(url, "one"), await open(url, "two"), "room");
    for (const { url } of cluster.servers) expect(await refusals(url)).toEqual([]);
    expect(errors).toEqual([]);
  }, 60_000);

  test("behind sentinels", async () => {
    const sentinels = use(await RedisSentinels.start());
    const servers = [sentinels.primary, sentinels.replica];
    for (const { url } of servers) await urlWithDocumentedRights(url);
    const url = sentinels.url.replace("://", "://parley:of-a-test@");
    await expectToRelay(await open(url, "one"), await open(url, "two"), "room");
    for (const { url } of servers) expect(await refusals(url)).toEqual([]);
    expect(errors).toEqual([]);
  }, 60_000);
});

test.each([
  ["FLUSHALL"],
  ["CONFIG", "GET", "*"],
  ["KEYS", "*"],
  ["SCAN", "0"],
  ["MONITOR"],
  ["SHUTDOWN"],
  ["ACL", "LIST"],
  ["CLIENT", "LIST"],
  ["GET", "of-another-application"],
  ["PUBLISH", "of-another-application", "text"],
])("and not for %s", async (...command) => {
  const redis = use(await RedisServer.start());
  using node = await askAt(await urlWithDocumentedRights(redis.url));
  await expect(node.ask(...command)).rejects.toThrow(/NOPERM/);
});
