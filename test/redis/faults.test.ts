import { createClient } from "redis";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { RedisKeys } from "../../server/src/engines/redis/redis-keys.ts";
import type { RoomName } from "../../server/src/switchboard/names.ts";
import { parseToken } from "../../server/src/switchboard/session-token.ts";
import { newTokenKey, TokenKeys } from "../../server/src/switchboard/token-keys.ts";
import { testLimits } from "../switchboard/bench.ts";
import { join, type Peer, refusal, resume, signal, submit, tryResume } from "../switchboard/peer.ts";
import { askAt } from "./ask.ts";
import { RedisServer } from "./redis-server.ts";
import { openTestNodes, type TestNodes } from "./test-nodes.ts";
import { UnheardNode } from "./unheard-node.ts";

let redis: RedisServer;
let nodes: TestNodes;
let unheard: UnheardNode;
/** What the clock of the nodes showed when it was that of Redis. */
let began: number;

beforeEach(async () => {
  redis = await RedisServer.start("--appendonly", "yes");
  nodes = await openTestNodes(redis, testLimits);
  began = nodes.clock.now();
  unheard = await UnheardNode.open(redis.url, nodes.prefix, testLimits);
});
afterEach(async () => {
  unheard[Symbol.dispose]();
  await nodes.close();
  await redis[Symbol.asyncDispose]();
});

async function command(...args: string[]): Promise<unknown> {
  const client = createClient({ url: redis.url });
  await client.connect();
  const reply = await client.sendCommand(args);
  client.destroy();
  return reply;
}

/** What a key holds, to be restored later: as if Redis had lost its tail. */
async function dump(key: string): Promise<Buffer> {
  using asking = await askAt(redis.url);
  return await asking.bytes("DUMP", key);
}

async function restore(key: string, dumped: Buffer): Promise<void> {
  using asking = await askAt(redis.url);
  await asking.ask("RESTORE", key, "0", dumped, "REPLACE");
}

async function pair(): Promise<[Peer, Peer]> {
  const [one, two] = nodes.switchboards;
  const a = await join(one, "room", "a");
  const b = await join(two, "room", "b");
  await nodes.until(() => a.listener.told.length === 1);
  return [a, b];
}

/** The key of the room that all are in. */
const roomKey = () => new RedisKeys(nodes.prefix).room("room" as RoomName);

const names = (count: number) => Array.from({ length: count }, (_, i) => `signal n${i + 1} from a`);

describe("what may happen to Redis", () => {
  test("it starts again with its data: acknowledgements wait, and nothing is lost or reported", async () => {
    const [a, b] = await pair();
    for (let i = 1; i <= 5; i++) a.send("b", `n${i}`);
    await nodes.until(() => a.listener.acceptedSeq === 5);
    await redis.stop();
    for (let i = 6; i <= 10; i++) a.send("b", `n${i}`);
    nodes.clock.advance(2000);
    await expect(nodes.switchboards[0].probe().then(() => "ready", String)).resolves.toBe("ready");
    nodes.clock.advance(4000);
    await expect(nodes.switchboards[0].probe()).rejects.toThrow("silent");
    expect(a.listener.acceptedSeq).toBe(5);
    await redis.start();
    await nodes.until(() => b.listener.relayed.length === 10 && a.listener.acceptedSeq === 10);
    expect(b.listener.relayed).toEqual(names(10));
    expect([a.listener.isLost, b.listener.isLost]).toEqual([false, false]);
    await nodes.until(() =>
      nodes.switchboards[0].probe().then(
        () => true,
        () => false,
      ),
    );
  });

  test("a peer that goes while its signals wait for room in a mailbox keeps nobody waiting", async () => {
    const [a] = await pair();
    await join(nodes.switchboards[1], "room", "deaf", { silent: true });
    const half = testLimits.mailboxSignals / 2;
    for (let i = 1; i <= half + 2; i++) a.send("deaf", `n${i}`);
    // The last one is beyond the share of its sender: it waits for room, by the clock, which stands still.
    await expect.poll(() => a.listener.acceptedSeq, { timeout: 5000, interval: 5 }).toBe(half);
    a.seat.detach();
    await nodes.settle();
    // It gives up in the end, learns so from its mailbox, and is given back.
    for (let tries = 0; tries < 8; tries++) {
      nodes.clock.advance(400);
      await nodes.settle();
    }
    expect(await unheard.nodeOf(a.token)).toBe("");
  });

  test("it is away when a stream goes: the window of that session counts from then", async () => {
    const [a] = await pair();
    await redis.stop();
    a.seat.detach();
    const awayMs = 20_000;
    for (let ms = 0; ms < awayMs; ms += 1000) nodes.clock.advance(1000);
    await redis.start();
    let untilMs = 0;
    await nodes.until(async () => {
      untilMs = await unheard.dueOf(a.token);
      return untilMs !== 0;
    });
    const [seconds] = (await command("TIME")) as [string];
    const leftMs = untilMs - (Number(seconds) * 1000 + nodes.clock.now() - began);
    expect(leftMs).toBeLessThan(testLimits.resumeWindowMs - awayMs + 2000);
    expect(leftMs).toBeGreaterThan(0);
  });

  test("the connections of the nodes break: what was published meanwhile is read from the mailbox", async () => {
    const [a, b] = await pair();
    for (let round = 0; round < 5; round++) {
      expect(Number(await command("CLIENT", "KILL", "TYPE", "pubsub"))).toBeGreaterThan(0);
      expect(Number(await command("CLIENT", "KILL", "TYPE", "normal"))).toBeGreaterThan(0);
      for (let i = 1; i <= 4; i++) a.send("b", `n${round * 4 + i}`);
      await nodes.until(() => a.listener.acceptedSeq === (round + 1) * 4);
    }
    await nodes.until(() => b.listener.relayed.length === 20);
    expect(b.listener.relayed).toEqual(names(20));
  });

  test("it has no room to write: acknowledgements wait until it has, and nothing is lost", async () => {
    const [a, b] = await pair();
    await command("CONFIG", "SET", "maxmemory", "1");
    for (let i = 1; i <= 3; i++) a.send("b", `n${i}`);
    const refused = submit(nodes.switchboards[1], b.token, [signal(1, "a", "m1")]);
    for (let passed = 0; passed < 6000; passed += 100) nodes.clock.advance(100);
    expect(refusal(await refused)).toBe("STORAGE_UNAVAILABLE");
    expect([a.listener.acceptedSeq, a.listener.isLost, b.listener.isLost]).toEqual([0, false, false]);
    await command("CONFIG", "SET", "maxmemory", "0");
    await nodes.until(() => a.listener.acceptedSeq === 3);
    // A client that was refused sends its batch again.
    expect(refusal(await submit(nodes.switchboards[1], b.token, [signal(1, "a", "m1")]))).toBe("ok");
    await nodes.until(() => b.listener.relayed.length === 3 && a.listener.relayed.length === 1);
    expect(b.listener.relayed).toEqual(names(3));
  });

  test("a publication is lost without a word: the mailbox is read all the same", async () => {
    const [a, b] = await pair();
    a.send("b", "n1");
    await nodes.until(() => b.listener.relayed.length === 1);
    await unheard.submit(a.token, signal(2, "b", "n2"));
    await nodes.until(() => b.listener.relayed.length === 2);
  });

  test("a publication of a join is lost: the newcomer is announced before its first signal", async () => {
    const [, b] = await pair();
    const token = await unheard.join("room", "c");
    const batch = { submissions: [signal(1, "b", "n1")], ack: 0 };
    const outcome = await new Promise((resolve) => nodes.switchboards[0].submit(token, batch, resolve));
    expect(outcome).toMatchObject({ ok: true, accepted: 1 });
    // The clock stands: nobody has looked what may have been missed.
    await expect.poll(() => b.listener.told).toEqual(["joined c", "signal n1 from c"]);
  });

  test("the word that a batch was accepted is lost: the other half of the session learns it all the same", async () => {
    const [a, b] = await pair();
    await unheard.submit(a.token, signal(1, "b", "n1"), signal(2, "b", "n2"), signal(3, "b", "n3"));
    await nodes.until(() => a.listener.acceptedSeq === 3);
    expect([a.listener.isLost, b.listener.isLost]).toEqual([false, false]);
  });

  test("it loses everything: every session is notified, and new ones can begin", async () => {
    const [a, b] = await pair();
    await command("FLUSHALL");
    await nodes.until(() => a.listener.isLost && b.listener.isLost);
    expect([a.listener.causeName, b.listener.causeName]).toEqual(["SESSION_LOST", "SESSION_LOST"]);
    const ready = () => Promise.all(nodes.switchboards.map((node) => node.probe()));
    await nodes.until(() =>
      ready().then(
        () => true,
        () => false,
      ),
    );
    expect(refusal(await tryResume(nodes.switchboards[1], a.token, 0))).toBe("SESSION_NOT_FOUND");
    const [c, d] = [
      await join(nodes.switchboards[0], "room", "a"),
      await join(nodes.switchboards[1], "room", "b"),
    ];
    c.send("b", "n1");
    await nodes.until(() => d.listener.relayed.length === 1);
  });

  test("it loses the keys of the tokens: the nodes agree on one again, and recognize what they issued", async () => {
    const [a] = await pair();
    const [one, two] = nodes.switchboards;
    const { tokenKeys } = new RedisKeys(nodes.prefix);
    const key = String(await command("GET", tokenKeys));
    await command("DEL", tokenKeys);
    await nodes.until(async () => (await command("GET", tokenKeys)) !== null);
    expect(await command("GET", tokenKeys)).toBe(key);
    // A node that knows no other key was the first to start.
    const other = newTokenKey();
    await command("SET", tokenKeys, other);
    const foreign = new TokenKeys([other]).sign("x.y.z");
    await nodes.until(() => [one, two].every((node) => node.tokenFailure(foreign) === undefined));
    expect([one, two].map((node) => node.tokenFailure(a.token))).toEqual([undefined, undefined]);
  });

  test("it is read by others: neither a token nor a nonce is there", async () => {
    const nonce = Buffer.from("a nonce of 24 characters");
    const { token } = await join(nodes.switchboards[0], "room", "a", { nonce });
    const secret = parseToken(token)?.secret ?? "";
    let kept = "";
    for (const key of (await command("KEYS", "*")) as string[]) {
      const type = await command("TYPE", key);
      if (type === "hash") kept += JSON.stringify(await command("HGETALL", key));
      if (type === "string") kept += String(await command("GET", key));
    }
    expect(kept).toContain("n:");
    for (const encoding of ["latin1", "hex", "base64", "base64url"] as const) {
      expect(kept).not.toContain(nonce.toString(encoding));
    }
    expect(secret).toHaveLength(32);
    expect(kept).not.toContain(secret);
    const mark = token.split(".").at(-1);
    expect(kept).not.toContain(mark);
  });

  test("it has forgotten what it acknowledged: both sides are notified", async () => {
    const [a, b] = await pair();
    a.send("b", "n1");
    await nodes.until(() => a.listener.acceptedSeq === 1);
    const before = await dump(roomKey());
    for (let i = 2; i <= 3; i++) a.send("b", `n${i}`);
    await nodes.until(() => a.listener.acceptedSeq === 3);
    await restore(roomKey(), before);
    // One has sent, and the other received, what is not there any more.
    await nodes.until(() => a.listener.isLost && b.listener.isLost);
    expect([a.listener.causeName, b.listener.causeName]).toEqual(["SESSION_LOST", "SESSION_LOST"]);
  });
});

describe("what may happen to a node", () => {
  test("it is taken for dead while it sleeps: what it holds is void, and its clients resume elsewhere", async () => {
    const [a, b] = await pair();
    const [one, two] = nodes.switchboards;
    // Nobody is given up before everybody has had time to come back.
    const began = nodes.clock.now();
    await nodes.until(() => nodes.clock.now() - began > 11_000);
    await nodes.declareDead(one);
    await nodes.until(() => a.listener.isLost);
    expect(a.listener.causeName).toBe("GOING_AWAY");
    a.send("b", "n1");
    const back = await resume(two, a.token, 0);
    expect(back.attached.accepted).toBe(0);
    back.send("b", "n1");
    await nodes.until(() => b.listener.relayed.length === 1);
    // And the node that slept starts over.
    const c = await join(one, "room", "c");
    c.send("b", "n2");
    await nodes.until(() => b.listener.relayed.length === 2);
    expect(b.listener.told.filter((text) => text.startsWith("left"))).toEqual([]);
  });

  test("a newer stream has the session, and the notice of it was lost: the older one stores nothing more", async () => {
    const [a, b] = await pair();
    await unheard.resume(a.token);
    a.send("b", "n1");
    await nodes.until(() => a.listener.isLost);
    expect(a.listener.causeName).toBe("SESSION_REPLACED");
    await nodes.settle();
    expect(b.listener.relayed).toEqual([]);
    // The window of a session that others hold does not begin by the end of the older stream.
    expect(await unheard.nodeOf(a.token)).toBe(unheard.id);
  });

  test("it stops while the last signals of its clients are under way: its sessions are given back", async () => {
    const [a, b] = await pair();
    a.send("b", "n1");
    a.seat.detach();
    await nodes.switchboards[0].close();
    await nodes.until(() => b.listener.relayed.length === 1);
    // Otherwise nobody would look after it: the node is not dead, it has left.
    expect(await unheard.nodeOf(a.token)).toBe("");
  });

  test("the halves of a session may be on two nodes, and go on on a third way", async () => {
    const [one, two] = nodes.switchboards;
    const [a, b] = await pair();
    expect(await submit(two, a.token, [{ kind: "leave", seq: 1 }])).toMatchObject({ ok: true, accepted: 1 });
    await nodes.until(() => a.listener.isLost && b.listener.told.includes("left a LEFT"));
    expect(a.listener.acceptedSeq).toBe(1);
    expect(refusal(await tryResume(one, a.token, 1))).toBe("SESSION_NOT_FOUND");
  });
});
