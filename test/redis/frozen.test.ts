import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, test } from "vitest";
import { iceCandidate } from "../contract/stage/actor.ts";
import { joinOf } from "../contract/stage/stage.ts";
import { grpcJs } from "../contract/ways/grpc-js.ts";
import type { First, Stream } from "../contract/ways/index.ts";
import { within } from "../kit/within.ts";
import { type ParleyNode, startNode } from "../proxies/parley-node.ts";
import { RedisServer } from "./redis-server.ts";

/** How long a node is frozen, in milliseconds: shorter than its lease, longer than a client waits. */
const frozenMs = 3000;

let parts: AsyncDisposableStack;
let frozen: ParleyNode;
let well: ParleyNode;

beforeEach(async () => {
  parts = new AsyncDisposableStack();
  const redis = parts.use(await RedisServer.start());
  const start = async (name: string) => parts.use(await startNode(name, ["--redis-url", redis.url]));
  [frozen, well] = await Promise.all([start("frozen"), start("well")]);
});
afterEach(() => parts.disposeAsync());

function open(node: ParleyNode, first: First): Stream {
  const stream = grpcJs.open(node.url, first);
  parts.defer(() => stream.cut());
  return stream;
}

async function opened(node: ParleyNode, first: First): Promise<{ stream: Stream; token: string }> {
  const stream = open(node, first);
  const response = await stream.inbox.next();
  if (!("body" in response) || response.body.case !== "welcome") throw new Error("there was no welcome");
  return { stream, token: response.body.value.sessionToken };
}

async function candidateFor({ inbox }: Stream, name: string): Promise<void> {
  const found = async () => {
    for (;;) {
      const next = await inbox.next();
      if ("code" in next) throw new Error(`the stream ended: ${next.code} ${next.reason}`);
      const { body, negotiationId } = next;
      if (body.case === "iceCandidate" && negotiationId === name) return;
    }
  };
  await within(5000, `the candidate ${name}`, found());
}

test("a node that wakes does not carry out what its clients have long done elsewhere", async () => {
  // Over its connection the client can write to the frozen node.
  await opened(frozen, { case: "join", ...joinOf("dora") });
  const { stream: lost, token } = await opened(well, { case: "join", ...joinOf("ada") });
  const bob = (await opened(well, { case: "join", ...joinOf("bob") })).stream;
  lost.cut();

  frozen.process.signal("SIGSTOP");
  const resume: First = { case: "resume", value: { sessionToken: token, lastSeq: 0 } };
  const givenUp = open(frozen, resume);
  await pause(frozenMs);
  givenUp.cut();
  const ada = (await opened(well, resume)).stream;
  frozen.process.signal("SIGCONT");
  // The frozen node is awake, and has done what was in its queues, when it has answered what came after that.
  await opened(frozen, { case: "join", ...joinOf("erin") });

  await bob.send("", { seq: 1, ...iceCandidate("ada", "n1", "n1") });
  await candidateFor(ada, "n1");
});
