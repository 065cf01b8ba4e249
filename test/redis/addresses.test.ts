import { inspect } from "node:util";
import { createClient } from "redis";
import { afterEach, describe, expect, test } from "vitest";
import { RedisSwitchboard } from "../../server/src/engines/redis/redis-switchboard.ts";
import { parseRedisUrl } from "../../server/src/engines/redis/redis-url.ts";
import { systemClock } from "../../server/src/time/clock.ts";
import { testLimits } from "../switchboard/bench.ts";
import { askAt } from "./ask.ts";
import { RedisCluster } from "./redis-cluster.ts";
import { RedisSentinels } from "./redis-sentinels.ts";
import { freePort, RedisServer } from "./redis-server.ts";
import { RedisThatSays } from "./redis-that-says.ts";
import { expectToBeBack, expectToRelay } from "./relaying.ts";

const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each[Symbol.asyncDispose]();
});

function use<Resource extends AsyncDisposable>(resource: Resource): Resource {
  opened.push(resource);
  return resource;
}

async function open(url: string, node: string, onError = (_error: unknown) => {}): Promise<RedisSwitchboard> {
  const switchboard = new RedisSwitchboard(testLimits, { url, node, clock: systemClock, onError });
  use({ [Symbol.asyncDispose]: () => switchboard.close() });
  await switchboard.start();
  return switchboard;
}

describe("where Redis is", () => {
  test("a server with a user and a password", async () => {
    const redis = use(await RedisServer.start());
    const admin = createClient({ url: redis.url });
    await admin.connect();
    await admin.sendCommand(["ACL", "SETUSER", "parley", "on", ">p@ss", "~parley:*", "&parley:*", "+@all"]);
    await admin.sendCommand(["ACL", "SETUSER", "default", "off"]);
    admin.destroy();
    const url = `redis://parley:p%40ss@127.0.0.1:${redis.port}/0`;
    await expectToRelay(await open(url, "one"), await open(url, "two"), "room");
    await expect(open(url.replace("p%40ss", "wrong"), "three")).rejects.toThrow(/WRONGPASS/);
  });

  test("a cluster: a room is whole on one shard", async () => {
    const cluster = use(await RedisCluster.start());
    await expectToRelay(await open(cluster.url, "one"), await open(cluster.url, "two"), "room");
  }, 60_000);

  test("a primary that sentinels know, and the one that takes its place", async () => {
    const sentinels = use(await RedisSentinels.start());
    const [one, two] = [await open(sentinels.url, "one"), await open(sentinels.url, "two")];
    await expectToRelay(one, two, "before");
    await sentinels.primary.stop("SIGKILL");
    await sentinels.failedOver();
    await expectToBeBack(one, two);
    await expectToRelay(one, two, "after");
  }, 90_000);

  test("a server whose user may not close connections is refused", async () => {
    const redis = use(await RedisServer.start());
    using admin = await askAt(redis.url);
    await admin.ask("ACL", "SETUSER", "parley", "on", ">p", "~*", "&*", "+@all", "-client|kill");
    const url = redis.url.replace("redis://", "redis://parley:p@");
    await expect(open(url, "one")).rejects.toThrow(/^Redis refuses CLIENT KILL.*\+client\|kill/);
  });

  test.each([
    ["of version 6", "redis_version:6", /^Redis 6\S* is too old: 7 or Valkey is needed$/],
    [
      "that reports no version",
      "other_version:7",
      /^Redis does not report its version: Redis 7 or Valkey is needed$/,
    ],
  ])("a server %s is refused", async (_what, line, reason) => {
    const redis = use(await RedisServer.start());
    const other = use(await RedisThatSays.start(redis.port, (said) => said.replace("redis_version:7", line)));
    await expect(open(other.url, "one")).rejects.toThrow(reason);
  });

  test("a server that does not know how one logs in today is refused, and no password is repeated", async () => {
    const redis = use(await RedisServer.start("--rename-command", "HELLO", ""));
    const reported: unknown[] = [];
    const url = `redis://me:hunter2@127.0.0.1:${redis.port}`;
    await expect(open(url, "one", (error) => reported.push(error))).rejects.toThrow(/does not know HELLO/);
    expect(inspect(reported)).toContain("HELLO");
    expect(inspect(reported)).not.toContain("hunter2");
  });

  test("a server that throws data away when it is full is refused", async () => {
    const redis = use(await RedisServer.start("--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"));
    await expect(open(redis.url, "one")).rejects.toThrow(/allkeys-lru.*noeviction/);
  });

  test("nobody there is said within seconds", async () => {
    const url = `redis://127.0.0.1:${await freePort()}`;
    await expect(open(url, "one")).rejects.toThrow(/did not answer/);
  });
});

describe("the URL of a Redis", () => {
  test("names a server", () => {
    expect(parseRedisUrl("redis://example.org")).toEqual({
      kind: "single",
      tls: false,
      hosts: [{ host: "example.org", port: 6379 }],
      database: 0,
    });
    expect(parseRedisUrl("rediss://me:p%40ss@[::1]:7000/3")).toEqual({
      kind: "single",
      tls: true,
      hosts: [{ host: "::1", port: 7000 }],
      username: "me",
      password: "p@ss",
      database: 3,
    });
  });

  test("names sentinels and the primary they know, or a cluster", () => {
    expect(parseRedisUrl("redis+sentinel://:secret@a,b:26380/main/2")).toEqual({
      kind: "sentinel",
      tls: false,
      hosts: [
        { host: "a", port: 26_379 },
        { host: "b", port: 26_380 },
      ],
      password: "secret",
      primary: "main",
      database: 2,
    });
    expect(parseRedisUrl("rediss+cluster://a:1,b:2")).toMatchObject({ kind: "cluster", tls: true });
  });

  test.each([
    "http://a",
    "redis://",
    "redis://a:0",
    "redis://a:70000",
    "redis://a/x",
    "redis+sentinel://a",
    "redis://user:secret@a:b",
  ])("is refused when it is wrong, without its password: %s", (url) => {
    expect(() => parseRedisUrl(url)).toThrow(TypeError);
    try {
      parseRedisUrl(url);
    } catch (error) {
      expect(String(error)).not.toContain("secret");
    }
  });
});
