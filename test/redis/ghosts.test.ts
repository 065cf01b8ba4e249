import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { RedisKeys } from "../../server/src/engines/redis/redis-keys.ts";
import { RedisSeat } from "../../server/src/engines/redis/redis-seat.ts";
import type { RoomName } from "../../server/src/switchboard/names.ts";
import { parseToken } from "../../server/src/switchboard/session-token.ts";
import { testLimits } from "../switchboard/bench.ts";
import { join, type Peer, refusal, resume, tryResume } from "../switchboard/peer.ts";
import { type Asking, askAt } from "./ask.ts";
import { RedisServer } from "./redis-server.ts";
import { openTestNodes, type TestNodes } from "./test-nodes.ts";
import { UnheardNode } from "./unheard-node.ts";

/** After its window, a session that nobody looks after is gone within this, in milliseconds. */
const latestMs = 10_000;
const stepMs = 250;

let parts: AsyncDisposableStack;
let redis: RedisServer;
let nodes: TestNodes;
let keys: RedisKeys;
let asking: Asking;

beforeEach(async () => {
  parts = new AsyncDisposableStack();
  redis = parts.use(await RedisServer.start());
  nodes = await openTestNodes(redis, testLimits);
  parts.defer(() => nodes.close());
  keys = new RedisKeys(nodes.prefix);
  asking = await askAt(redis.url);
  parts.defer(() => asking[Symbol.dispose]());
});
afterEach(() => parts.disposeAsync());

/** Lets time pass, in milliseconds, with all that the nodes do meanwhile. */
async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += stepMs) {
    nodes.clock.advance(stepMs);
    await nodes.settle();
  }
}

/** Lets time pass until it holds; returns how long that took, in milliseconds. */
async function passUntil(holds: () => boolean | Promise<boolean>): Promise<number> {
  const began = nodes.clock.now();
  while (!(await holds())) {
    if (nodes.clock.now() - began > 3 * testLimits.resumeWindowMs) throw new Error("it never holds");
    await pass(stepMs);
  }
  return nodes.clock.now() - began;
}

function roomOf({ token }: Peer): RoomName {
  return parseToken(token)?.room ?? ("" as RoomName);
}

/** Attaches a session to a node, without a seat there. */
async function attachTo(node: string, peer: Peer): Promise<void> {
  peer.seat.detach();
  await nodes.settle();
  using unheard = await UnheardNode.open(redis.url, nodes.prefix, testLimits, node);
  await unheard.resume(peer.token);
  await asking.ask("ZREM", keys.schedule, roomOf(peer));
}

async function idOf(name: string): Promise<string> {
  const ids = (await asking.ask("ZRANGE", keys.leases, "0", "-1")) as string[];
  return ids.find((id) => id.startsWith(`${name}.`)) ?? "";
}

/** How a session comes to be one that nobody looks after. */
const causes: readonly (readonly [string, (ghost: Peer) => Promise<void>])[] = [
  ["is attached to a node that nobody knows", (ghost) => attachTo("lost.AAAAAAAA", ghost)],
  ["is attached to a node that has no seat for it", async (ghost) => attachTo(await idOf("one"), ghost)],
  [
    "is away, and its room is not scheduled",
    async (ghost) => {
      ghost.seat.detach();
      await nodes.settle();
      await asking.ask("ZREM", keys.schedule, roomOf(ghost));
    },
  ],
];

describe.each(causes)("a session that %s", (_what, cause) => {
  test("leaves when its window is over, and the others learn it", async () => {
    const [one, two] = nodes.switchboards;
    // The nodes do nothing of the kind until all had time to come back.
    await pass(11_000);
    const ada = await join(one, "room", "ada");
    const bob = await join(two, "room", "bob");
    await cause(ada);
    const tookMs = await passUntil(() => bob.listener.told.includes("left ada EXPIRED"));
    expect(tookMs).toBeLessThanOrEqual(testLimits.resumeWindowMs + latestMs);
    expect(bob.listener.isLost).toBe(false);
    await join(two, "room", "ada");
  });

  test("frees its name and its memory, although nobody else is in its room", async () => {
    await pass(11_000);
    const ada = await join(nodes.switchboards[0], "alone", "ada");
    await cause(ada);
    // An empty room only remembers for a while, by Redis' own clock.
    const tookMs = await passUntil(async () => Number(await asking.ask("TTL", keys.room(roomOf(ada)))) > 0);
    expect(tookMs).toBeLessThanOrEqual(testLimits.resumeWindowMs + latestMs);
    await pass(20_000);
    expect(await asking.ask("EXISTS", keys.looks), "rooms that are looked at").toBe(0);
    expect(await nodes.keys()).toEqual([]);
  });

  test("can be resumed until then", async () => {
    await pass(11_000);
    const ada = await join(nodes.switchboards[0], "room", "ada");
    await cause(ada);
    await pass(8000);
    const back = await resume(nodes.switchboards[1], ada.token, 0);
    await pass(testLimits.resumeWindowMs + latestMs);
    expect(back.listener.isLost).toBe(false);
  });
});

test("sessions that are well stay as they are, however long they are looked at", async () => {
  const [one, two] = nodes.switchboards;
  const [ada, bob] = [await join(one, "room", "ada"), await join(two, "room", "bob")];
  const away = await join(one, "room", "carol");
  await pass(50_000);
  away.seat.detach();
  await pass(testLimits.resumeWindowMs - 2000);
  expect(refusal(await tryResume(two, away.token, 0))).toBe("ok");
  expect([ada.listener.isLost, bob.listener.isLost]).toEqual([false, false]);
  expect(ada.listener.told.filter((text) => text.startsWith("left"))).toEqual([]);
});

test("a session is left to its seat while that is being given back: what its client sent last still goes", async () => {
  const [one, two] = nodes.switchboards;
  const ada = await join(one, "room", "ada");
  await join(two, "room", "deaf", { silent: true });
  const half = testLimits.mailboxSignals / 2;
  // Beyond the share of their sender these wait for room, batch by batch.
  const count = half + 120;
  for (let i = 1; i <= count; i++) ada.send("deaf", `n${i}`);
  await expect.poll(() => ada.listener.acceptedSeq, { timeout: 5000, interval: 5 }).toBe(half);
  const { seat } = ada;
  if (!(seat instanceof RedisSeat)) throw new Error("it is a seat on Redis");
  const { room, sessionId, epoch } = seat;
  seat.detach();
  // As a census does that finds the session attached here.
  const attachment = { room, peerId: "ada", sessionId, epoch };
  await asking.ask("PUBLISH", keys.channels + (await idOf("one")), `H${JSON.stringify([attachment])}`);
  await pass(4000);
  const { listener } = await resume(two, ada.token, 0);
  await pass(1000);
  expect(listener.acceptedSeq).toBe(count);
});
