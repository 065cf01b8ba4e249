import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { testLimits } from "../switchboard/bench.ts";
import { join, type Peer } from "../switchboard/peer.ts";
import { type Asking, askAt } from "./ask.ts";
import { RedisServer } from "./redis-server.ts";
import { openTestNodes, type TestNodes } from "./test-nodes.ts";
import { UnheardNode } from "./unheard-node.ts";

let parts: AsyncDisposableStack;
let nodes: TestNodes;
let asking: Asking;
let unheard: UnheardNode;

beforeEach(async () => {
  parts = new AsyncDisposableStack();
  const redis = parts.use(await RedisServer.start());
  nodes = await openTestNodes(redis, testLimits);
  parts.defer(() => nodes.close());
  asking = await askAt(redis.url);
  parts.defer(() => asking[Symbol.dispose]());
  const limits = { ...testLimits, duplicatePeerId: "replace" } as const;
  unheard = parts.use(await UnheardNode.open(redis.url, nodes.prefix, limits));
});
afterEach(() => parts.disposeAsync());

/** Lets time pass, in milliseconds, with all that the nodes do meanwhile. */
async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 250) {
    nodes.clock.advance(250);
    await nodes.settle();
  }
}

/** How a stream comes to learn that its session has ended. */
const ways: readonly (readonly [string, (peer: Peer) => Promise<void>])[] = [
  [
    "its next signal",
    async (peer) => {
      peer.send("nobody", "n1");
      await nodes.settle();
    },
  ],
  [
    "a read of its mailbox",
    async (peer) => {
      peer.seat.pull();
      await nodes.settle();
    },
  ],
  ["the comparison with Redis", () => pass(11_000)],
];

describe.each(ways)("a session ends, and its node does not hear of it: by %s", (_way, learn) => {
  test("its client learns why, and does not throw out its successor", async () => {
    const ada = await join(nodes.switchboards[0], "room", "ada", { silent: true });
    await nodes.settle();
    await unheard.join("room", "ada");
    expect(ada.listener.isLost).toBe(false);
    await learn(ada);
    expect(ada.listener.causeName).toBe("PEER_REPLACED");
  });
});

test("a seat that could not be given back is given back as soon as Redis takes it", async () => {
  const ada = await join(nodes.switchboards[0], "room", "ada");
  await nodes.settle();
  await asking.ask("ACL", "SETUSER", "default", "-eval", "-evalsha");
  ada.seat.detach();
  await nodes.until(async () => (await refusals()) > 1);
  expect(await unheard.nodeOf(ada.token)).not.toBe("");
  await asking.ask("ACL", "SETUSER", "default", "+eval", "+evalsha");
  await nodes.until(async () => (await unheard.nodeOf(ada.token)) === "");
});

/** How often Redis has refused a script. */
async function refusals(): Promise<number> {
  const log = (await asking.ask("ACL", "LOG")) as unknown[][];
  return log.reduce((sum, entry) => sum + Number(entry[1]), 0);
}
