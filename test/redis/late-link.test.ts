import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { RedisKeys } from "../../server/src/engines/redis/redis-keys.ts";
import { TcpProxy } from "../kit/tcp-proxy.ts";
import { testLimits } from "../switchboard/bench.ts";
import { join, resume } from "../switchboard/peer.ts";
import { type Asking, askAt } from "./ask.ts";
import { RedisServer } from "./redis-server.ts";
import { openTestNodes, type TestNodes } from "./test-nodes.ts";
import { UnheardNode } from "./unheard-node.ts";

let parts: AsyncDisposableStack;
let network: TcpProxy;
let nodes: TestNodes;
let asking: Asking;
let unheard: UnheardNode;

beforeEach(async () => {
  parts = new AsyncDisposableStack();
  const redis = parts.use(await RedisServer.start());
  network = parts.use(await TcpProxy.start(() => [redis.port]));
  nodes = await openTestNodes(redis, testLimits, { urlOfOne: `redis://127.0.0.1:${network.port}` });
  parts.defer(() => nodes.close());
  asking = await askAt(redis.url);
  parts.defer(() => asking[Symbol.dispose]());
  unheard = parts.use(await UnheardNode.open(redis.url, nodes.prefix, testLimits));
});
afterEach(() => parts.disposeAsync());

/** Whether the first node looks after the room, as the others would find when it dies. */
async function looksAfter(room: string): Promise<boolean> {
  const keys = new RedisKeys(nodes.prefix);
  const ids = (await asking.ask("ZRANGE", keys.leases, "0", "-1")) as string[];
  const one = ids.find((id) => id.startsWith("one.")) ?? "";
  return (await asking.ask("SISMEMBER", keys.roomsOf(one), room)) === 1;
}

/** How the link of a node is lost while its server still believes in it. */
const losses = [
  ["breaks at the node alone", () => network.forsake()],
  // The node gives it up by itself, after a while without an answer.
  ["is half-open", () => {}],
] as const;

describe.each(losses)("a link to Redis %s", (_loss, lose) => {
  test("what was written on it is carried out in its turn or never", async () => {
    const [one] = nodes.switchboards;
    const ada = await join(one, "room", "ada");
    expect(await looksAfter("room")).toBe(true);

    network.hold();
    ada.seat.detach();
    await expect.poll(() => network.held.includes("SREM")).toBe(true);
    lose();
    await nodes.until(
      async () => (await unheard.nodeOf(ada.token)) === "" && !(await looksAfter("room")),
      "real",
    );
    await resume(one, ada.token, 0);
    expect(await looksAfter("room")).toBe(true);

    expect(await network.letGo(), "what Redis still took").not.toContain("SREM");
    expect(await looksAfter("room"), "the room of a session that is here").toBe(true);
  });
});
