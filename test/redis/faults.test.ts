import { createClient } from "redis";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RoomName } from "../../server/src/switchboard/names.ts";
import { RedisKeys } from "../../server/src/switchboard/redis/redis-keys.ts";
import { parseToken } from "../../server/src/switchboard/session-token.ts";
import { newTokenKey, TokenKeys } from "../../server/src/switchboard/token-keys.ts";
import { testLimits } from "../switchboard/bench.ts";
import { join, type Peer, refusal, resume, signal, submit, tryResume } from "../switchboard/peer.ts";
import { RedisServer } from "./redis-server.ts";
import { openTestNodes, type TestNodes } from "./test-nodes.ts";

let redis: RedisServer;
let nodes: TestNodes;
/** What the clock of the nodes showed when it was that of Redis. */
let began: number;

beforeEach(async () => {
  redis = await RedisServer.start("--appendonly", "yes");
  nodes = await openTestNodes(redis, testLimits);
  began = nodes.clock.now();
});
afterEach(async () => {
  await nodes.close();
  await redis[Symbol.asyncDispose]();
});

/** Lets the clocks of the nodes go on, until it holds. */
function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  return expect
    .poll(
      async () => {
        nodes.clock.advance(100);
        return await holds();
      },
      { timeout: 15_000, interval: 5 },
    )
    .toBe(true);
}

async function command(...args: string[]): Promise<unknown> {
  const client = createClient({ url: redis.url });
  await client.connect();
  const reply = await client.sendCommand(args);
  client.destroy();
  return reply;
}

async function pair(): Promise<[Peer, Peer]> {
  const [one, two] = nodes.switchboards;
  const a = await join(one, "room", "a");
  const b = await join(two, "room", "b");
  await until(() => a.listener.told.length === 1);
  return [a, b];
}

/** Where a session stands in Redis. */
function sessionKey({ token }: Peer): string {
  const { room, sessionId } = parseToken(token) ?? { room: "" as RoomName, sessionId: "" };
  return new RedisKeys(nodes.prefix).session(room, sessionId);
}

const names = (count: number) => Array.from({ length: count }, (_, i) => `signal n${i + 1} from a`);

describe("what may happen to Redis", () => {
  test("it starts again with its data: acknowledgements wait, and nothing is lost or told", async () => {
    const [a, b] = await pair();
    for (let i = 1; i <= 5; i++) a.send("b", `n${i}`);
    await until(() => a.listener.acceptedSeq === 5);
    await redis.stop();
    for (let i = 6; i <= 10; i++) a.send("b", `n${i}`);
    nodes.clock.advance(2000);
    await expect(nodes.switchboards[0].probe().then(() => "ready", String)).resolves.toBe("ready");
    nodes.clock.advance(4000);
    await expect(nodes.switchboards[0].probe()).rejects.toThrow("silent");
    expect(a.listener.acceptedSeq).toBe(5);
    await redis.start();
    await until(() => b.listener.relayed.length === 10 && a.listener.acceptedSeq === 10);
    expect(b.listener.relayed).toEqual(names(10));
    expect([a.listener.isLost, b.listener.isLost]).toEqual([false, false]);
    await until(() =>
      nodes.switchboards[0].probe().then(
        () => true,
        () => false,
      ),
    );
  });

  test("a peer that goes while its signals wait for room in a mailbox keeps nobody waiting", async () => {
    const [a] = await pair();
    await join(nodes.switchboards[1], "room", "deaf", { silent: true });
    for (let i = 0; i <= testLimits.mailboxSignals; i++) a.send("deaf", `n${i}`);
    // The last one has no room: it waits for some, by the clock, which stands still.
    await expect
      .poll(() => a.listener.acceptedSeq, { timeout: 5000, interval: 5 })
      .toBe(testLimits.mailboxSignals);
    a.seat.detach();
    await nodes.settle();
    // It gives up in the end, is told so in its mailbox, and is given back.
    for (let tries = 0; tries < 8; tries++) {
      nodes.clock.advance(400);
      await nodes.settle();
    }
    expect(await command("HGET", sessionKey(a), "node")).toBe("");
  });

  test("it is away when a stream goes: the window of that session counts from then", async () => {
    const [a] = await pair();
    await redis.stop();
    a.seat.detach();
    const awayMs = 20_000;
    for (let ms = 0; ms < awayMs; ms += 1000) nodes.clock.advance(1000);
    await redis.start();
    const { room, sessionId } = parseToken(a.token) ?? { room: "" as RoomName, sessionId: "" };
    const due = `${new RedisKeys(nodes.prefix).room(room)}:due`;
    let untilMs = 0;
    await until(async () => {
      untilMs = Number((await command("ZSCORE", due, sessionId)) ?? 0);
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
      await until(() => a.listener.acceptedSeq === (round + 1) * 4);
    }
    await until(() => b.listener.relayed.length === 20);
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
    await until(() => a.listener.acceptedSeq === 3);
    // A client that was refused sends its batch again.
    expect(refusal(await submit(nodes.switchboards[1], b.token, [signal(1, "a", "m1")]))).toBe("ok");
    await until(() => b.listener.relayed.length === 3 && a.listener.relayed.length === 1);
    expect(b.listener.relayed).toEqual(names(3));
  });

  test("a publication is lost without a word: the mailbox is read all the same", async () => {
    const [a, b] = await pair();
    // As if it had been published to somebody who was not there: stored, and not told.
    const { room, sessionId } = parseToken(b.token) ?? { room: "" as RoomName, sessionId: "" };
    const keys = new RedisKeys(nodes.prefix);
    a.send("b", "n1");
    await until(() => b.listener.relayed.length === 1);
    const [[, [, stored]]] = (await command("XRANGE", keys.mailbox(room, sessionId), "-", "+")) as [
      [string, [string, string]],
    ];
    const total = Number(await command("HGET", keys.session(room, sessionId), "total")) + 64 + stored.length;
    await command("XADD", keys.mailbox(room, sessionId), `2-${total}`, "p", stored);
    await command("HSET", keys.session(room, sessionId), "last", "2", "total", String(total));
    await until(() => b.listener.relayed.length === 2);
  });

  test("the word that a batch was accepted is lost: the other half of the session learns it all the same", async () => {
    const [a, b] = await pair();
    const key = sessionKey(a);
    // As if `SendSignals` had reached another node, whose publication was lost: accepted, and not told.
    await command("HSET", key, "accepted", "3");
    await until(() => a.listener.acceptedSeq === 3);
    expect([a.listener.isLost, b.listener.isLost]).toEqual([false, false]);
  });

  test("it loses everything: every session is told, and new ones can begin", async () => {
    const [a, b] = await pair();
    await command("FLUSHALL");
    await until(() => a.listener.isLost && b.listener.isLost);
    expect([a.listener.causeName, b.listener.causeName]).toEqual(["SESSION_LOST", "SESSION_LOST"]);
    const ready = () => Promise.all(nodes.switchboards.map((node) => node.probe()));
    await until(() =>
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
    await until(() => d.listener.relayed.length === 1);
  });

  test("it loses the keys of the tokens: the nodes agree on one again, and recognize what they issued", async () => {
    const [a] = await pair();
    const [one, two] = nodes.switchboards;
    const { tokenKeys } = new RedisKeys(nodes.prefix);
    const key = String(await command("GET", tokenKeys));
    await command("DEL", tokenKeys);
    await until(async () => (await command("GET", tokenKeys)) !== null);
    expect(await command("GET", tokenKeys)).toBe(key);
    // A node that knows no other key was the first to start.
    const other = newTokenKey();
    await command("SET", tokenKeys, other);
    const foreign = new TokenKeys([other]).sign("x.y.z");
    await until(() => [one, two].every((node) => node.tokenFailure(foreign) === undefined));
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
    const [, , , mark] = token.split(".");
    expect(kept).not.toContain(mark);
  });

  test("it has forgotten what it acknowledged: both sides are told, never silently", async () => {
    const [a, b] = await pair();
    for (let i = 1; i <= 3; i++) a.send("b", `n${i}`);
    await until(() => a.listener.acceptedSeq === 3);
    const { room, sessionId } = parseToken(a.token) ?? { room: "" as RoomName, sessionId: "" };
    await command("HSET", new RedisKeys(nodes.prefix).session(room, sessionId), "accepted", "1");
    await until(() => a.listener.isLost);
    expect(a.listener.causeName).toBe("SESSION_LOST");
    await until(() => b.listener.told.includes("left a LOST"));
  });
});

describe("what may happen to a node", () => {
  test("it is taken for dead while it sleeps: what it holds is void, and its clients resume elsewhere", async () => {
    const [a, b] = await pair();
    const [one, two] = nodes.switchboards;
    // Nobody is given up before everybody has had time to come back.
    const began = nodes.clock.now();
    await until(() => nodes.clock.now() - began > 11_000);
    await nodes.bury(one);
    await until(() => a.listener.isLost);
    expect(a.listener.causeName).toBe("GOING_AWAY");
    a.send("b", "n1");
    const back = await resume(two, a.token, 1);
    expect(back.attached.accepted).toBe(0);
    back.send("b", "n1");
    await until(() => b.listener.relayed.length === 1);
    // And the node that slept begins anew.
    const c = await join(one, "room", "c");
    c.send("b", "n2");
    await until(() => b.listener.relayed.length === 2);
    expect(b.listener.told.filter((text) => text.startsWith("left"))).toEqual([]);
  });

  test("a newer stream has the session, and the word of it was lost: the older one stores nothing more", async () => {
    const [a, b] = await pair();
    const { room, sessionId } = parseToken(a.token) ?? { room: "" as RoomName, sessionId: "" };
    await command(
      "HSET",
      new RedisKeys(nodes.prefix).session(room, sessionId),
      "epoch",
      "7",
      "node",
      "other",
    );
    a.send("b", "n1");
    await until(() => a.listener.isLost);
    expect(a.listener.causeName).toBe("SESSION_REPLACED");
    await nodes.settle();
    expect(b.listener.relayed).toEqual([]);
    // The window of a session that others hold does not begin by the end of the older stream.
    expect(await command("HGET", new RedisKeys(nodes.prefix).session(room, sessionId), "node")).toBe("other");
  });

  test("it stops while the last signals of its clients are under way: its sessions are given back", async () => {
    const [a, b] = await pair();
    a.send("b", "n1");
    a.seat.detach();
    await nodes.switchboards[0].close();
    await until(() => b.listener.relayed.length === 1);
    // Otherwise nobody would look after it: the node is not dead, it has left.
    expect(await command("HGET", sessionKey(a), "node")).toBe("");
  });

  test("the halves of a session may be on two nodes, and go on on a third way", async () => {
    const [one, two] = nodes.switchboards;
    const [a, b] = await pair();
    expect(await submit(two, a.token, [{ kind: "leave", seq: 1 }])).toMatchObject({ ok: true, accepted: 1 });
    await until(() => a.listener.isLost && b.listener.told.includes("left a LEFT"));
    expect(a.listener.acceptedSeq).toBe(1);
    expect(refusal(await tryResume(one, a.token, 1))).toBe("SESSION_NOT_FOUND");
  });
});
