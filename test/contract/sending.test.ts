import { connect } from "node:http2";
import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { findTrailerError } from "@connectrpc/connect/protocol-grpc";
import { createConnectTransport } from "@connectrpc/connect-web";
import { Reason, Retry, SignalingService, SignalRequestSchema } from "@parley/contract";
import { expect, test } from "vitest";
import { reasonOfError } from "../../server/src/errors/parley-error.ts";
import { bye, iceCandidate, offer } from "./stage/actor.ts";
import { inHalves, scenario } from "./stage/scenario.ts";
import { Stage } from "./stage/stage.ts";
import { ways } from "./ways/index.ts";

const signalOfLeave = { body: { case: "leave", value: {} } } as const;

// What only `SendSignals` has: a token in every request, and an answer to every batch.

for (const [what, tokenOf, reason] of [
  ["of another form", () => "nonsense", "UNAUTHENTICATED SESSION_TOKEN_INVALID"],
  ["without the right secret", (token: string) => forged(token), "NOT_FOUND SESSION_NOT_FOUND"],
] as const) {
  scenario(
    `a batch with a token ${what} is refused, and reaches nobody`,
    async (stage) => {
      const alice = await stage.join("alice");
      const bob = await stage.join("bob");
      await alice.hear();
      alice.token = tokenOf(alice.token);
      await alice.offer(bob, "not mine to send");
      await alice.end();
      await bob.offer(alice, "an offer");
      await bob.acked();
    },
    {
      alice: ["welcome alice", "joined: bob (impolite toward it)", `ended ${reason}`],
      bob: ["welcome bob, meet alice (polite toward it)"],
    },
    { on: inHalves },
  );
}

scenario(
  "a batch after the resume window is refused",
  async (stage) => {
    const alice = await stage.join("alice");
    await alice.cut();
    await stage.attached(0);
    stage.pass(30_100);
    await stage.passUntil(() => stage.server.counts().sessions === 0);
    alice.open({ case: "resume", value: { sessionToken: alice.token, lastSeq: 0 } });
    await alice.end();
  },
  { alice: ["welcome alice", "ended NOT_FOUND SESSION_NOT_FOUND"] },
);

test("the answer to a batch acknowledges it and says what was rejected", async () => {
  const way = ways.find(inHalves);
  if (way === undefined) throw new Error("no way in halves");
  await using stage = await Stage.start(way);
  const alice = await stage.join("alice");
  const bob = await stage.join("bob");
  await alice.hear();
  const client = createClient(SignalingService, createConnectTransport({ baseUrl: stage.url }));
  const send = (...signals: object[]) =>
    client.sendSignals({
      sessionToken: alice.token,
      signals: signals.map((each) => create(SignalRequestSchema, each)),
    });

  const mixed = await send(
    { seq: 1, ...offer(bob, "good") },
    { seq: 2, ...offer("carol", "for nobody") },
    { seq: 3, ...iceCandidate(bob, "c") },
  );
  expect(mixed.ack).toBe(3);
  expect(mixed.rejected).toMatchObject([
    { seq: 2, reason: Reason.RECIPIENT_UNKNOWN, retry: Retry.NEVER, to: "carol", batchIndex: 1 },
  ]);

  const repeated = await send({ seq: 3, ...iceCandidate(bob, "c") }, { seq: 4, ...bye(bob, "done") });
  expect(repeated).toMatchObject({ ack: 4, rejected: [] });

  const second = await send(
    { body: { case: "heartbeat", value: {} } },
    { ack: 1 },
    { seq: 4, ...bye(bob, "done") },
    { seq: 0, negotiationId: "call-2", toSession: 9, ...offer("bob", "for nobody", "call-2") },
  );
  expect(second).toMatchObject({
    ack: 5,
    rejected: [
      { seq: 5, reason: Reason.RECIPIENT_UNKNOWN, toSession: 9, negotiationId: "call-2", batchIndex: 3 },
    ],
  });

  const empty = await send();
  expect(empty.ack).toBe(5);

  const left = await send({ seq: 6, ...signalOfLeave });
  expect(left.ack).toBe(6);
  const afterwards = await send({ seq: 7, ...offer(bob, "too late") }).catch(ConnectError.from);
  expect(afterwards instanceof ConnectError && reasonOfError(afterwards)).toBe(Reason.SESSION_NOT_FOUND);

  await alice.end();
  await bob.hear(4);
  expect(stage.transcripts()).toEqual({
    alice: [
      "welcome alice",
      "joined: bob (impolite toward it)",
      "1 rejected 2: RECIPIENT_UNKNOWN",
      "2 rejected 5: RECIPIENT_UNKNOWN",
      "ended OK",
    ],
    bob: [
      "welcome bob, meet alice (polite toward it)",
      "1 offer from alice: good",
      "2 candidate from alice: c (mid 0, line 0, ufrag Vx3k)",
      "3 bye from alice: done",
      "left: alice LEFT",
    ],
  });
});

test("a batch that does not come does not hold its call forever", async () => {
  const way = ways.find(inHalves);
  if (way === undefined) throw new Error("no way in halves");
  await using stage = await Stage.start(way);
  const connection = connect(stage.url);
  try {
    const stream = connection.request({
      ":method": "POST",
      ":path": `/${SignalingService.typeName}/SendSignals`,
      "content-type": "application/grpc",
    });
    const { promise: ended, resolve } = Promise.withResolvers<object>();
    let over = false;
    stream.on("response", resolve);
    stream.on("close", () => {
      over = true;
    });
    stream.resume();
    await stage.passUntil(() => over);
    const error = findTrailerError(new Headers(plain(await ended)));
    expect(error?.code).toBe(Code.DeadlineExceeded);
    expect(error === undefined ? error : reasonOfError(error)).toBe(Reason.FIRST_MESSAGE_TIMEOUT);
  } finally {
    connection.destroy();
  }
});

/** The token of the same session with another secret. */
function forged(token: string): string {
  return token.replace(/[^.]+$/, (secret) => secret.split("").reverse().join(""));
}

function plain(headers: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => !name.startsWith(":"))
      .map(([name, value]) => [name, String(value)]),
  );
}
