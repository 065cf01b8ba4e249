import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { LinkFence } from "../../server/src/engines/redis/link-fence.ts";
import {
  openRedisConnection,
  type RedisConnection,
} from "../../server/src/engines/redis/redis-connection.ts";
import { parseRedisUrl } from "../../server/src/engines/redis/redis-url.ts";
import { TcpProxy } from "../kit/tcp-proxy.ts";
import { RunningProcess } from "../proxies/running-process.ts";
import { type Asking, askAt } from "./ask.ts";
import { RedisCluster } from "./redis-cluster.ts";
import { freePort, RedisServer } from "./redis-server.ts";

const key = "parley:{room}";

let parts: AsyncDisposableStack;
let networks: TcpProxy[];

beforeEach(() => {
  parts = new AsyncDisposableStack();
  networks = [];
});
afterEach(() => parts.disposeAsync());

async function behindProxy({ port }: RedisServer): Promise<TcpProxy> {
  const network = parts.use(await TcpProxy.start(() => [port]));
  networks.push(network);
  return network;
}

/** What each kind of address leads to, with a network before it that can hold back what is sent. */
const kinds: Readonly<Record<string, () => Promise<string>>> = {
  async "a server"() {
    const network = await behindProxy(parts.use(await RedisServer.start()));
    return `redis://127.0.0.1:${network.port}`;
  },
  async "a cluster"() {
    const { servers } = parts.use(await RedisCluster.start());
    for (const server of servers) {
      const network = await behindProxy(server);
      using asking = await askAt(server.url);
      // The client goes where the cluster says that its nodes are.
      await asking.ask("CONFIG", "SET", "cluster-announce-bus-port", `${server.port + 10_000}`);
      await asking.ask("CONFIG", "SET", "cluster-announce-port", `${network.port}`);
    }
    const announced = async () => {
      const views = await Promise.all(servers.map(({ url }) => slotsAt(url)));
      return views.every((view) => networks.every(({ port }) => view.includes(`${port}`)));
    };
    await expect.poll(announced, { timeout: 20_000, interval: 100 }).toBe(true);
    return `redis+cluster://${networks.map(({ port }) => `127.0.0.1:${port}`).join(",")}`;
  },
  async "a primary that sentinels know"() {
    const server = parts.use(await RedisServer.start());
    const network = await behindProxy(server);
    const port = await freePort();
    const file = join(server.folder, "sentinel.conf");
    const lines = [
      `port ${port}`,
      "bind 127.0.0.1",
      `sentinel monitor main 127.0.0.1 ${network.port} 1`,
      // Its own link is held too, and it shall not mind.
      "sentinel down-after-milliseconds main 600000",
    ];
    await writeFile(file, `${lines.join("\n")}\n`);
    const sentinel = parts.use(new RunningProcess("redis-server", [file, "--sentinel"]));
    await sentinel.says(/\+monitor/);
    return `redis+sentinel://127.0.0.1:${port}/main`;
  },
};

async function slotsAt(url: string): Promise<string> {
  using asking = await askAt(url);
  return JSON.stringify(await asking.ask("CLUSTER", "SLOTS"));
}

async function open(url: string, fence = new LinkFence()): Promise<RedisConnection> {
  const connection = openRedisConnection(parseRedisUrl(url), undefined, { onError() {} }, fence);
  parts.defer(() => connection.close());
  await connection.connect();
  return connection;
}

/** Sends until it is answered, as what carries commands over a lost link does. */
async function send(connection: RedisConnection, ...args: string[]): Promise<string> {
  let reply: unknown;
  const answered = async () => {
    reply = await connection.send(key, args).catch(() => undefined);
    return reply !== undefined;
  };
  await expect.poll(answered, { timeout: 15_000, interval: 50 }).toBe(true);
  return String(reply);
}

/** Writes something that is held back, and loses the link. */
async function loseWith(connection: RedisConnection, value: string): Promise<void> {
  for (const network of networks) network.hold();
  const failed = connection.send(key, ["SET", key, value]).catch(() => {});
  await expect.poll(() => networks.some(({ held }) => held.includes(value))).toBe(true);
  for (const network of networks) network.forsake();
  await failed;
}

async function letGo(): Promise<string> {
  const taken = await Promise.all(networks.map((network) => network.letGo()));
  return taken.join("");
}

describe.each(Object.keys(kinds))("on the way to %s", (kind) => {
  test("what was written on a link that is lost changes nothing once another is there", async () => {
    const connection = await open(await (kinds[kind]?.() ?? ""));
    await send(connection, "SET", key, "first");
    await loseWith(connection, "held back");
    expect(await send(connection, "SET", key, "newer")).toBe("OK");
    expect(await letGo()).not.toContain("held back");
    expect(await send(connection, "GET", key)).toBe("newer");
  }, 60_000);

  test("nor once another connection took the place of one that was closed", async () => {
    const fence = new LinkFence();
    const url = await (kinds[kind]?.() ?? "");
    const silent = await open(url, fence);
    await send(silent, "SET", key, "first");
    for (const network of networks) network.hold();
    const failed = silent.send(key, ["SET", key, "held back"]).catch(() => {});
    await expect.poll(() => networks.some(({ held }) => held.includes("held back"))).toBe(true);
    silent.close();
    await failed;
    const connection = await open(url, fence);
    expect(await send(connection, "SET", key, "newer")).toBe("OK");
    expect(await letGo()).not.toContain("held back");
    expect(await send(connection, "GET", key)).toBe("newer");
  }, 60_000);
});

test("a link of another server that has the same id there is left alone", async () => {
  const [one, two] = [parts.use(await RedisServer.start()), parts.use(await RedisServer.start())];
  let target = one;
  const network = parts.use(await TcpProxy.start(() => [target.port]));
  networks.push(network);
  const connection = await open(`redis://127.0.0.1:${network.port}`);
  const id = Number(await send(connection, "CLIENT", "ID"));
  // On the other server strangers have all the ids up to that one.
  const strangers = new Map<number, Asking>();
  for (let last = 0; last < id; ) {
    const stranger = await askAt(two.url);
    parts.defer(() => stranger[Symbol.dispose]());
    last = Number(await stranger.ask("CLIENT", "ID"));
    strangers.set(last, stranger);
  }
  target = two;
  network.cut();
  expect(await send(connection, "PING")).toBe("PONG");
  for (const [old, stranger] of strangers) expect(await stranger.ask("CLIENT", "ID")).toBe(old);
});
