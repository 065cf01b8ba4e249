import { afterEach, beforeEach, expect, test } from "vitest";
import { RedisKeys } from "../../server/src/engines/redis/redis-keys.ts";
import type { Failure } from "../../server/src/switchboard/failure.ts";
import { testLimits } from "../switchboard/bench.ts";
import { Listener } from "../switchboard/listener.ts";
import { joinRequest, refusal, tryJoin } from "../switchboard/peer.ts";
import { type Asking, askAt } from "./ask.ts";
import { RedisServer } from "./redis-server.ts";
import { openTestNodes, type TestNodes } from "./test-nodes.ts";

/** After so long nodes trust that the others had a chance to renew their leases, in milliseconds. */
const steadyMs = 11_000;

let parts: AsyncDisposableStack;
let nodes: TestNodes;
let asking: Asking;

beforeEach(async () => {
  parts = new AsyncDisposableStack();
  const redis = parts.use(await RedisServer.start());
  nodes = await openTestNodes(redis, testLimits);
  parts.defer(() => nodes.close());
  asking = await askAt(redis.url);
  parts.defer(() => asking[Symbol.dispose]());
});
afterEach(() => parts.disposeAsync());

async function idOfOne(): Promise<string | undefined> {
  const ids = (await asking.ask("ZRANGE", new RedisKeys(nodes.prefix).leases, "0", "-1")) as string[];
  return ids.find((id) => id.startsWith("one."));
}

/** Looks at a node in the moment in which it gives up a seat. */
class Witness extends Listener {
  readonly #look: () => void;

  constructor(look: () => void) {
    super();
    this.#look = look;
  }

  override lost(cause?: Failure): void {
    super.lost(cause);
    this.#look();
  }
}

test("a node that was declared dead takes nobody and says so, until it is back under a new id", async () => {
  const [one] = nodes.switchboards;
  const meanwhile = { ready: Promise.resolve(""), join: Promise.resolve("") };
  const ready = () => one.probe().then(() => "ready", String);
  const ada = new Witness(() => {
    meanwhile.ready = ready();
    meanwhile.join = tryJoin(one, joinRequest("room", "bob")).then(refusal);
  });
  expect(refusal(await tryJoin(one, joinRequest("room", "ada"), ada))).toBe("ok");
  const before = await idOfOne();
  for (let ms = 0; ms < steadyMs; ms += 1000) {
    nodes.clock.advance(1000);
    await nodes.settle();
  }
  await nodes.declareDead(one);
  await nodes.until(() => ada.isLost);

  expect(ada.causeName).toBe("GOING_AWAY");
  expect(await meanwhile.ready).toContain("declared dead");
  expect(await meanwhile.join).toBe("STORAGE_UNAVAILABLE");
  await nodes.until(async () => (await ready()) === "ready");
  const after = await idOfOne();
  expect(after).toBeDefined();
  expect(after).not.toBe(before);
  expect(refusal(await tryJoin(one, joinRequest("room", "carol")))).toBe("ok");
  const keys = new RedisKeys(nodes.prefix);
  expect(await asking.ask("SMEMBERS", keys.roomsOf(after ?? ""))).toEqual(["room"]);
});
