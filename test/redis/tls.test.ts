import { readFileSync } from "node:fs";
import { createServer } from "node:tls";
import { inspect } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { RedisSwitchboard } from "../../server/src/engines/redis/redis-switchboard.ts";
import type { RedisTls } from "../../server/src/engines/redis/redis-tls.ts";
import { systemClock } from "../../server/src/time/clock.ts";
import { FakeClock } from "../kit/fake-clock.ts";
import { TcpProxy } from "../kit/tcp-proxy.ts";
import { startNode } from "../proxies/parley-node.ts";
import { testLimits } from "../switchboard/bench.ts";
import { join } from "../switchboard/peer.ts";
import { askAt } from "./ask.ts";
import { RedisCluster } from "./redis-cluster.ts";
import { RedisSentinels } from "./redis-sentinels.ts";
import { RedisServer } from "./redis-server.ts";
import { expectToBeBack, expectToRelay } from "./relaying.ts";
import { type Identity, TestAuthority } from "./test-authority.ts";

let authority: TestAuthority;
let identity: Identity;
let parts: AsyncDisposableStack;
/** What the nodes have reported, with all that is in it. */
let reported: unknown[];

beforeAll(() => {
  authority = new TestAuthority();
  identity = authority.issue("DNS:localhost,IP:127.0.0.1");
});
afterAll(() => authority[Symbol.dispose]());
beforeEach(() => {
  parts = new AsyncDisposableStack();
  reported = [];
});
afterEach(() => parts.disposeAsync());

const secret = "p@ss-word";
/** What a node needs, by categories; docs/operations/redis.md has the exact list. */
const rights = ["~parley:*", "&parley:*", "+@all", "-@dangerous", "+info", "+client|kill"];
const login = `parley:${encodeURIComponent(secret)}`;

/** A node that has not started. */
function nodeAt(url: string, tls: RedisTls | undefined, clock = systemClock): RedisSwitchboard {
  const onError = (error: unknown) => reported.push(error);
  const node = new RedisSwitchboard(testLimits, { url, tls, node: "node", clock, onError });
  parts.defer(() => node.close());
  return node;
}

async function started(url: string, tls: RedisTls | undefined): Promise<RedisSwitchboard> {
  const node = nodeAt(url, tls);
  await node.start();
  return node;
}

/** Why a node does not start, found out before any time has passed. */
async function refusalAt(url: string, tls: RedisTls | undefined): Promise<string> {
  const clock = new FakeClock();
  return nodeAt(url, tls, clock)
    .start()
    .then(() => "started", String);
}

/** Why a node has not started after ten seconds in which Redis did not answer as it should. */
async function silenceAt(url: string, tls: RedisTls | undefined): Promise<string> {
  const clock = new FakeClock();
  const outcome = nodeAt(url, tls, clock)
    .start()
    .then(() => "started", String);
  await expect.poll(() => reported.length, { timeout: 10_000 }).toBeGreaterThan(0);
  clock.advance(10_000);
  return outcome;
}

/** An identity as a node shows it. */
function shown({ certFile, keyFile }: Identity) {
  return { cert: readFileSync(certFile, "utf8"), key: readFileSync(keyFile, "utf8") };
}

async function addUser(server: RedisServer): Promise<void> {
  using admin = await askAt(server.url);
  await admin.ask("ACL", "SETUSER", "parley", "on", `>${secret}`, ...rights);
}

/** Makes a user with a password the only way in. */
async function lock(server: RedisServer): Promise<void> {
  await addUser(server);
  using admin = await askAt(server.url);
  await admin.ask("ACL", "SETUSER", "default", "off");
}

async function lockedServer(): Promise<RedisServer> {
  const server = parts.use(await RedisServer.startAs(identity));
  await lock(server);
  return server;
}

/** Everything that could be logged of what went wrong. */
function log(): string {
  return inspect(reported, { depth: null });
}

describe("Redis over TLS, under an authority of one's own", () => {
  test("two nodes relay, as a user with a password", async () => {
    const { port } = await lockedServer();
    const tls = { ca: authority.ca };
    const one = await started(`rediss://${login}@localhost:${port}/0`, tls);
    const two = await started(`rediss://${login}@127.0.0.1:${port}/0`, tls);
    await expectToRelay(one, two, "room");
  });

  test("an authority that nobody trusts is refused at once", async () => {
    const { port } = await lockedServer();
    using another = new TestAuthority();
    const url = `rediss://${login}@localhost:${port}`;
    const expected = /certificate of Redis is not trusted: .*--redis-ca/;
    expect(await refusalAt(url, undefined)).toMatch(expected);
    expect(await refusalAt(url, { ca: another.ca })).toMatch(expected);
    expect(log()).not.toContain(secret);
  });

  test("a certificate of Redis that has expired is refused at once, and no other authority is advised", async () => {
    const server = parts.use(await RedisServer.startAs(authority.issueExpired("IP:127.0.0.1")));
    const refusal = await refusalAt(server.url, { ca: authority.ca });
    expect(refusal).toMatch(/certificate of Redis is not trusted: .*expired$/);
  });

  test("a certificate for another host is refused at once", async () => {
    const server = parts.use(await RedisServer.startAs(authority.issue("DNS:redis.example")));
    const refusal = await refusalAt(`rediss://:secret@127.0.0.1:${server.port}`, { ca: authority.ca });
    expect(refusal).toMatch(/for another host: .*127\.0\.0\.1/);
    expect(refusal + log()).not.toContain("secret");
  });

  test.each(["parley:wr0ng", "nobody:wr0ng"])(
    "%s is refused at once, without the password",
    async (wrong) => {
      const { port } = await lockedServer();
      const refusal = await refusalAt(`rediss://${wrong}@localhost:${port}`, { ca: authority.ca });
      expect(refusal).toMatch(/refuses user or password: WRONGPASS/);
      expect(refusal + log()).not.toContain("wr0ng");
    },
  );

  test("nobody who logs in is refused at once", async () => {
    const { port } = await lockedServer();
    const refusal = await refusalAt(`rediss://localhost:${port}`, { ca: authority.ca });
    expect(refusal).toMatch(/refuses user or password: NOAUTH/);
  });

  test("a server that asks for a certificate is shown one", async () => {
    const server = parts.use(await RedisServer.startAs(identity, "--tls-auth-clients", "yes"));
    const tls = { ca: authority.ca, client: shown(authority.issue("DNS:node.example")) };
    await expectToRelay(await started(server.url, tls), await started(server.url, tls), "room");
    expect(await refusalAt(server.url, { ca: authority.ca })).toMatch(
      /another certificate of this node: .*--redis-cert/,
    );
  });

  test("a certificate of the node that has expired, or is from another authority, is refused at once", async () => {
    const server = parts.use(await RedisServer.startAs(identity, "--tls-auth-clients", "yes"));
    using another = new TestAuthority();
    const refusal = (client: RedisTls["client"] & {}) => refusalAt(server.url, { ca: authority.ca, client });
    expect(await refusal(shown(authority.issueExpired("DNS:node.example")))).toMatch(
      /another certificate of this node: .*expired \(--redis-cert/,
    );
    expect(await refusal(shown(another.issue("DNS:node.example")))).toMatch(
      /another certificate of this node: .*unknown ca \(--redis-cert/,
    );
  });

  test("a server that speaks no TLS is said to be silent", async () => {
    const server = parts.use(await RedisServer.start());
    const silence = await silenceAt(`rediss://:secret@127.0.0.1:${server.port}`, { ca: authority.ca });
    expect(silence).toMatch(/did not answer over TLS within 10 s: /);
    expect(silence + log()).not.toContain("secret");
  });

  test("a server that speaks nothing but TLS is said to be silent without", async () => {
    const { port } = await lockedServer();
    const silence = await silenceAt(`redis://${login}@127.0.0.1:${port}`, undefined);
    expect(silence).toMatch(/did not answer without TLS within 10 s: /);
    expect(silence + log()).not.toContain(secret);
  });

  test("its links are cut: a resume finds what was sent meanwhile, once", async () => {
    const { port } = await lockedServer();
    const network = parts.use(await TcpProxy.start(() => [port]));
    const url = `rediss://${login}@localhost:${network.port}`;
    const tls = { ca: authority.ca };
    const [one, two] = [await started(url, tls), await started(url, tls)];
    const a = await join(one, "room", "a");
    const b = await join(two, "room", "b");
    for (let round = 1; round <= 3; round++) {
      expect(network.cut()).toBeGreaterThanOrEqual(2);
      for (let n = 1; n <= 4; n++) a.send("b", `n${(round - 1) * 4 + n}`);
      await expect.poll(() => a.listener.acceptedSeq, { timeout: 5000 }).toBe(round * 4);
    }
    const all = Array.from({ length: 12 }, (_, i) => `signal n${i + 1} from a`);
    await expect.poll(() => b.listener.relayed, { timeout: 15_000 }).toEqual(all);
    expect([a.listener.isLost, b.listener.isLost]).toEqual([false, false]);
    await expect.poll(() => one.probe().then(() => "ready", String), { timeout: 5000 }).toBe("ready");
  });

  test("the server learns by which name it was called", async () => {
    const { certFile, keyFile } = identity;
    const served = { cert: readFileSync(certFile), key: readFileSync(keyFile) };
    const { promise: named, resolve } = Promise.withResolvers<unknown>();
    const server = createServer(served, (socket) => {
      socket.on("error", () => {});
      resolve(socket.servername);
      socket.destroy();
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    parts.defer(() => new Promise<void>((closed) => server.close(() => closed())));
    const address = server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const node = nodeAt(`rediss://localhost:${port}`, { ca: authority.ca });
    node.start().catch(() => {});
    expect(await named).toBe("localhost");
    await node.close();
  });
});

describe("several servers over TLS, under an authority of one's own", () => {
  test("a cluster: every node of it, as a user with a password", async () => {
    const cluster = parts.use(await RedisCluster.start(identity));
    for (const server of cluster.servers) await lock(server);
    const url = cluster.url.replace("://", `://${login}@`);
    const tls = { ca: authority.ca };
    await expectToRelay(await started(url, tls), await started(url, tls), "room");
    expect(await refusalAt(url, undefined)).toMatch(/cannot be reached: .* not trusted/);
    expect(await refusalAt(url.replace(login, "parley:wr0ng"), tls)).toMatch(
      /cannot be reached: .*WRONGPASS/,
    );
    expect(log()).not.toMatch(/wr0ng|p@ss-word/);
  }, 60_000);

  test("a cluster whose nodes are called otherwise than their certificates: it says so", async () => {
    // The cluster announces its own addresses, 127.0.0.1, whatever name led to it.
    const cluster = parts.use(await RedisCluster.start(authority.issue("DNS:localhost")));
    const silence = await silenceAt(cluster.url.replaceAll("127.0.0.1", "localhost"), { ca: authority.ca });
    expect(silence).toMatch(/did not answer over TLS .*for another host: .*127\.0\.0\.1/);
  }, 60_000);

  test("a cluster whose nodes announce their names", async () => {
    const names = [
      "--cluster-announce-hostname",
      "localhost",
      "--cluster-preferred-endpoint-type",
      "hostname",
    ];
    const cluster = parts.use(await RedisCluster.start(authority.issue("DNS:localhost"), ...names));
    const url = cluster.url.replaceAll("127.0.0.1", "localhost");
    const tls = { ca: authority.ca };
    await expectToRelay(await started(url, tls), await started(url, tls), "room");
  }, 60_000);

  test("sentinels and the servers they know, as a user with a password, before and after a failover", async () => {
    const sentinels = parts.use(await RedisSentinels.start(identity));
    for (const server of [sentinels.primary, sentinels.replica]) await addUser(server);
    const url = sentinels.url.replace("://", `://${login}@`);
    const tls = { ca: authority.ca };
    const [one, two] = [await started(url, tls), await started(url, tls)];
    await expectToRelay(one, two, "before");
    await sentinels.primary.stop("SIGKILL");
    await sentinels.failedOver();
    await expectToBeBack(one, two);
    await expectToRelay(one, two, "after");
    reported = [];
    expect(await silenceAt(url, undefined)).toMatch(/did not answer over TLS .*not trusted/);
    expect(log()).not.toContain(secret);
  }, 90_000);
});

describe("the program", () => {
  test("takes the authority and its own certificate from files", async () => {
    const server = parts.use(await RedisServer.startAs(identity, "--tls-auth-clients", "yes"));
    const { caFile, certFile, keyFile } = authority.issue("DNS:node.example");
    const files = ["--redis-ca", caFile, "--redis-cert", certFile, "--redis-key", keyFile];
    const node = parts.use(await startNode("one", ["--redis-url", server.url, ...files]));
    const ready = await fetch(`${node.url}/readyz`);
    expect([ready.status, await ready.text()]).toEqual([200, "ready\n"]);
  });

  test("ends with the reason, and no password, where it cannot start", async () => {
    const { port } = await lockedServer();
    const flags = ["--redis-url", `rediss://parley:wr0ng@localhost:${port}`, "--redis-ca", authority.caFile];
    const outcome = await startNode("one", flags).then(() => "started", String);
    expect(outcome).toMatch(/parley: Redis refuses user or password: WRONGPASS/);
    expect(outcome).not.toContain("wr0ng");
  });
});
