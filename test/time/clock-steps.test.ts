import type { SignalResponse } from "@parley/contract";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { RedisKeys } from "../../server/src/engines/redis/redis-keys.ts";
import { joinOf } from "../contract/stage/stage.ts";
import { grpcJs } from "../contract/ways/grpc-js.ts";
import type { Stream } from "../contract/ways/index.ts";
import { within } from "../kit/within.ts";
import { type ParleyNode, startNode } from "../proxies/parley-node.ts";
import { askAt } from "../redis/ask.ts";
import { RedisServer } from "../redis/redis-server.ts";
import { WallClock } from "./wall-clock.ts";

const minuteMs = 60_000;
const steps = [
  ["back", -minuteMs],
  ["forward", minuteMs],
] as const;

let parts: AsyncDisposableStack;
let clock: WallClock;

beforeEach(async () => {
  parts = new AsyncDisposableStack();
  clock = parts.use(await WallClock.open());
});
afterEach(() => parts.disposeAsync());

async function openNode(...flags: string[]): Promise<ParleyNode> {
  const node = parts.use(await startNode("one", flags, { environment: clock.environment }));
  await clock.governs(node.process.pid);
  return node;
}

async function join(node: ParleyNode, name: string, room = "room"): Promise<Stream & { joinedAt: number }> {
  const stream = grpcJs.open(node.url, { case: "join", ...joinOf(name, { room }) });
  parts.defer(() => stream.cut());
  const response = await stream.inbox.next();
  if (!("body" in response) || response.body.case !== "welcome") throw new Error(`${name} was not welcomed`);
  return { ...stream, joinedAt: Number(response.body.value.you?.joinedAt?.seconds ?? 0n) * 1000 };
}

/** Waits for a response of some kind, and rejects when the stream ends first. */
async function hears(stream: Stream, kind: SignalResponse["body"]["case"]): Promise<SignalResponse> {
  const found = async () => {
    for (;;) {
      const response = await stream.inbox.next();
      if ("code" in response) throw new Error(`the stream ended: ${response.code} ${response.reason}`);
      if (response.body.case === kind) return response;
    }
  };
  return within(8000, `a ${kind}`, found());
}

describe.each(steps)("the time of the machine is set %s by a minute", (_direction, stepMs) => {
  test("heartbeats go on, and nobody who sends them is taken for silent", async () => {
    const node = await openNode("--heartbeat", "1");
    const ada = await join(node, "ada");
    await ada.send("", { body: { case: "heartbeat", value: {} } });
    await hears(ada, "heartbeat");
    await clock.set(stepMs);
    for (let beats = 0; beats < 3; beats++) {
      await hears(ada, "heartbeat");
      await ada.send("", { body: { case: "heartbeat", value: {} } });
    }
    // In a room `joined_at` only rises, so this looks at another.
    const later = await join(node, "grace", "elsewhere");
    expect(Math.abs(later.joinedAt - ada.joinedAt - stepMs), "the step was seen").toBeLessThan(20_000);
  });

  test("a resume window ends when it is over, neither earlier nor later", async () => {
    const node = await openNode("--resume-window", "4");
    const ada = await join(node, "ada");
    const grace = await join(node, "grace");
    const goneAt = performance.now();
    grace.cut();
    await clock.set(stepMs);
    await hears(ada, "peerLeft");
    expect(performance.now() - goneAt).toBeGreaterThan(4000);
  });

  test("a node on Redis renews its lease and stays ready", async () => {
    const redis = parts.use(await RedisServer.start());
    const node = await openNode("--redis-url", redis.url);
    using asking = await askAt(redis.url);
    const lease = async () => {
      const [id, end] = (await asking.ask(
        "ZRANGE",
        new RedisKeys("parley").leases,
        "0",
        "-1",
        "WITHSCORES",
      )) as [string, string];
      return { id, end: Number(end) };
    };
    const before = await lease();
    await clock.set(stepMs);
    await expect
      .poll(async () => (await lease()).end, { timeout: 9000, interval: 50 })
      .toBeGreaterThan(before.end);
    expect((await lease()).id).toBe(before.id);
    expect((await fetch(`${node.url}/readyz`)).status).toBe(200);
    await join(node, "ada");
  });
});
