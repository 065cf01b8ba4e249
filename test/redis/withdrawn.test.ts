import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RedisSwitchboard } from "../../server/src/engines/redis/redis-switchboard.ts";
import { TcpProxy } from "../kit/tcp-proxy.ts";
import { testLimits } from "../switchboard/bench.ts";
import { Listener } from "../switchboard/listener.ts";
import {
  join,
  joinRequest,
  type Peer,
  refusal,
  resume,
  signal,
  submit,
  tryJoin,
  tryResume,
} from "../switchboard/peer.ts";
import { RedisServer } from "./redis-server.ts";
import { openTestNodes, type TestNodes } from "./test-nodes.ts";

/** How long a client waits for Redis before it is refused, in milliseconds, and a little more. */
const patienceMs = 5001;

let parts: AsyncDisposableStack;
let network: TcpProxy;
let nodes: TestNodes;
let cutOff: RedisSwitchboard;
let well: RedisSwitchboard;

beforeEach(async () => {
  parts = new AsyncDisposableStack();
  const redis = parts.use(await RedisServer.start());
  network = parts.use(await TcpProxy.start(() => [redis.port]));
  nodes = await openTestNodes(redis, testLimits, { urlOfOne: `redis://127.0.0.1:${network.port}` });
  parts.defer(() => nodes.close());
  [cutOff, well] = nodes.switchboards;
});
afterEach(() => parts.disposeAsync());

/** The link of the node that was cut off is there again, and all that waited for it has been carried out. */
async function linkReturns(): Promise<void> {
  network.up();
  // Retries go by the clock of the nodes.
  let ready = false;
  const back = cutOff.settled().then(() => {
    ready = true;
  });
  await nodes.until(() => ready, 20);
  await back;
  await nodes.until(() => cutOff.idle, 20);
  await nodes.settle();
}

function cut(): void {
  expect(network.down()).toBeGreaterThan(0);
}

/** Two peers, of whom the first has lost its stream. */
async function pairWithOneAway(): Promise<[Peer, Peer]> {
  const [ada, bob] = [await join(well, "room", "ada"), await join(well, "room", "bob")];
  ada.seat.detach();
  await nodes.settle();
  return [ada, bob];
}

/** How the client of a resume that Redis does not answer stops waiting for it. */
const ends = [
  [
    "learned that the storage is away",
    async (outcome: ReturnType<typeof tryResume>, _listener: Listener) => {
      nodes.clock.advance(patienceMs);
      expect(refusal(await outcome)).toBe("STORAGE_UNAVAILABLE");
    },
  ],
  [
    "has gone",
    async (_outcome: ReturnType<typeof tryResume>, listener: Listener) => {
      listener.gone = true;
    },
  ],
] as const;

describe.each(ends)("an attempt whose client %s", (_end, end) => {
  test("takes the session from no later one: a resume", async () => {
    const [ada, bob] = await pairWithOneAway();
    cut();
    const listener = new Listener();
    await end(tryResume(cutOff, ada.token, 0, {}, listener), listener);
    const back = await resume(well, ada.token, 0);
    await linkReturns();
    bob.send("ada", "n1");
    await nodes.until(() => back.listener.relayed.length === 1, 20);
    expect([back.listener.isLost, bob.listener.isLost]).toEqual([false, false]);
    expect(bob.listener.told.filter((text) => text.startsWith("left"))).toEqual([]);
  });

  test("takes the session from no later one: a join", async () => {
    const request = joinRequest("room", "ada");
    cut();
    const listener = new Listener();
    await end(tryJoin(cutOff, request, listener), listener);
    const there = await join(well, "room", "ada", request);
    await linkReturns();
    const bob = await join(well, "room", "bob");
    bob.send("ada", "n1");
    await nodes.until(() => there.listener.relayed.length === 1, 20);
    expect(there.listener.isLost).toBe(false);
  });
});

test("a batch whose client has learned that the storage is away is not taken any more", async () => {
  const [ada, bob] = await pairWithOneAway();
  cut();
  const outcome = submit(cutOff, ada.token, [signal(0, "bob", "unnumbered")]);
  nodes.clock.advance(patienceMs);
  expect(refusal(await outcome)).toBe("STORAGE_UNAVAILABLE");
  await linkReturns();
  expect(refusal(await submit(well, ada.token, [signal(1, "bob", "n1")]))).toBe("ok");
  await nodes.until(() => bob.listener.relayed.length > 0, 20);
  expect(bob.listener.relayed).toEqual(["signal n1 from ada"]);
});
