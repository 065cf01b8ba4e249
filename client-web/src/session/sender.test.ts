import { create } from "@bufbuild/protobuf";
import { Reason, RejectedSchema } from "@parley/contract";
import { expect, test } from "vitest";
import { clientError } from "../signaling-error.ts";
import { contractError } from "../testing/fake-error.ts";
import { FakeSession } from "../testing/fake-session.ts";
import { settle } from "../testing/settling-clock.ts";

const broken = clientError("NETWORK", "broken");

function rejected(seq: number) {
  return create(RejectedSchema, { seq, reason: Reason.RECIPIENT_UNKNOWN, message: "nobody" });
}

test("a signal is numbered, and its promise resolves when it is acknowledged", async () => {
  const session = await new FakeSession().join();
  await session.send("offer");
  expect(session.stream.batch.seqs).toEqual([1]);
  expect(await session.told()).toEqual([]);
  session.stream.batch.answer();
  expect(await session.told()).toEqual(["offer ok"]);
});

test("an acknowledgement by the stream does as well", async () => {
  const session = await new FakeSession().join();
  await session.send("offer");
  session.stream.batch.take();
  session.stream.say({ ack: 1, body: { case: "heartbeat", value: {} } });
  expect(await session.told()).toEqual(["offer ok"]);
});

test("before the session is open, a signal is refused", async () => {
  const session = new FakeSession();
  await session.send("offer");
  expect(await session.told()).toEqual(["offer NOT_JOINED"]);
});

test("one batch is in flight, and what comes meanwhile goes with the next", async () => {
  const session = await new FakeSession().join();
  await session.send("offer");
  for (let index = 0; index < 3; index++) await session.send("ice-candidate");
  await session.send("bye");
  await session.clock.advance(1000);
  expect(session.stream.batches.length).toBe(1);
  session.stream.batch.answer();
  await settle();
  expect(session.stream.batches.length).toBe(2);
  expect(session.stream.batch.seqs).toEqual([2, 3, 4, 5]);
});

test("candidates wait a moment for one another; an offer takes along what waits", async () => {
  const session = await new FakeSession().join();
  await session.send("ice-candidate");
  await session.send("ice-candidate");
  expect(session.stream.batches.length).toBe(0);
  await session.clock.advance(30);
  expect(session.stream.batch.seqs).toEqual([1, 2]);
  session.stream.batch.answer();
  await settle();
  await session.send("ice-candidate");
  await session.send("offer");
  expect(session.stream.batch.kinds).toEqual(["iceCandidate", "offer"]);
});

test("more than fits into a batch is sent in several, in order", async () => {
  const session = await new FakeSession().join();
  for (let index = 0; index < 20; index++) await session.send("ice-candidate");
  await session.clock.advance(30);
  const seqs: number[][] = [];
  for (let batch = 0; batch < 3; batch++) {
    seqs.push(session.stream.batch.seqs);
    session.stream.batch.answer();
    await settle();
  }
  expect(seqs.map(({ length }) => length)).toEqual([8, 8, 4]);
  expect(seqs.flat()).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
});

test("a signal that is too large is refused here, and uses no number", async () => {
  const session = await new FakeSession().join();
  await session.send("offer", "x".repeat(2000));
  await session.send("offer");
  expect(await session.told()).toEqual(["offer MESSAGE_TOO_LARGE"]);
  expect(session.stream.batch.seqs).toEqual([1]);
});

test("a batch that failed in the network is sent again with the same numbers", async () => {
  const session = await new FakeSession().join();
  await session.send("offer");
  session.stream.batch.fail(broken);
  await settle();
  await session.send("answer");
  expect(session.stream.batches.length).toBe(1);
  await session.clock.advance(100);
  expect(session.stream.batch.seqs).toEqual([1, 2]);
});

test("a batch that is not answered within ten seconds is sent again", async () => {
  const session = await new FakeSession().join();
  await session.send("offer");
  await session.clock.advance(10_100);
  expect(session.stream.batches.map(({ seqs }) => seqs)).toEqual([[1], [1]]);
});

test("after a gap, sending goes on from the last acknowledged number", async () => {
  const session = await new FakeSession().join();
  await session.send("offer");
  session.stream.batch.answer();
  await settle();
  await session.send("ice-candidate");
  await session.send("bye");
  session.stream.batch.fail(contractError(Reason.SEQ_GAP, "gap"));
  await session.clock.advance(100);
  expect(session.stream.batch.seqs).toEqual([2, 3]);
});

test("batches that fail again and again take the session up again", async () => {
  const session = await new FakeSession().join();
  await session.send("offer");
  for (let failure = 0; failure < 3; failure++) {
    session.stream.batch.fail(broken);
    await session.clock.advance(100);
  }
  expect(session.transport.streams.length).toBe(2);
  session.stream.welcome();
  expect(session.stream.batch.seqs).toEqual([1]);
});

test("a batch that the service answers with an end of the session begins a new one", async () => {
  const session = await new FakeSession().join();
  await session.send("offer");
  session.stream.batch.fail(contractError(Reason.SESSION_NOT_FOUND, "gone"));
  await session.clock.advance(100);
  expect(session.stream.init.start.case).toBe("join");
  expect(await session.told()).toContain("offer SESSION_NOT_FOUND");
});

test("after a resume, what is not acknowledged is sent again in order, and what is, is not", async () => {
  const session = await new FakeSession().join();
  await session.send("offer");
  await session.send("ice-candidate");
  await session.send("bye");
  session.stream.end(broken);
  await session.send("answer");
  await session.clock.advance(100);
  session.stream.welcome({}, 1);
  expect(session.stream.batch.seqs).toEqual([2, 3, 4]);
  expect(await session.told()).toContain("offer ok");
});

test("a rejection fails its signal alone", async () => {
  const session = await new FakeSession().join();
  await session.send("offer");
  await session.send("answer");
  session.stream.batch.answer({ rejected: [rejected(1)] });
  await settle();
  session.stream.batch.answer();
  expect(await session.told()).toEqual([
    "rejected 1 RECIPIENT_UNKNOWN",
    "offer RECIPIENT_UNKNOWN",
    "answer ok",
  ]);
});

test("the same rejection comes in the answer and on the stream, and is reported once", async () => {
  for (const answerFirst of [true, false]) {
    const session = await new FakeSession().join();
    await session.send("offer");
    const answer = () => session.stream.batch.answer({ rejected: [rejected(1)] });
    if (answerFirst) answer();
    await settle();
    session.stream.tell({ ack: 1, body: { case: "rejected", value: rejected(1) } });
    if (!answerFirst) answer();
    expect(await session.told()).toEqual(["rejected 1 RECIPIENT_UNKNOWN", "offer RECIPIENT_UNKNOWN"]);
  }
});

test("a rejection is not taken for an acknowledgement, though it carries one", async () => {
  const session = await new FakeSession().join();
  await session.send("offer");
  session.stream.end(broken);
  await session.clock.advance(100);
  session.stream.welcome({}, 0);
  session.stream.tell({ ack: 1, body: { case: "rejected", value: rejected(1) } });
  const told = await session.told();
  expect(told).toContain("offer RECIPIENT_UNKNOWN");
  expect(told).not.toContain("offer ok");
});

test("a rejection whose answer was lost is not taken for an acknowledgement when the batch is repeated", async () => {
  const session = await new FakeSession().join();
  await session.send("offer");
  session.stream.batch.fail(broken);
  await session.clock.advance(100);
  session.stream.batch.answer();
  expect(await session.told()).toEqual([]);
  session.stream.tell({ ack: 1, body: { case: "rejected", value: rejected(1) } });
  expect(await session.told()).toEqual(["rejected 1 RECIPIENT_UNKNOWN", "offer RECIPIENT_UNKNOWN"]);
});

test("acknowledgements ride on signals, and go alone after a second", async () => {
  const session = await new FakeSession().join();
  const say = () => session.stream.tell({ sender: "x", body: { case: "bye", value: {} } });
  say();
  await session.send("offer");
  expect(session.stream.batch.requests[0]?.ack).toBe(1);
  session.stream.batch.answer();
  await settle();
  say();
  await session.clock.advance(1000);
  expect(session.stream.batch.kinds).toEqual(["heartbeat"]);
  expect(session.stream.batch.requests[0]).toMatchObject({ seq: 0, ack: 2 });
});

test("after 32 responses, or 64 KiB, an acknowledgement does not wait", async () => {
  const many = await new FakeSession().join();
  for (let index = 0; index < 32; index++) {
    many.stream.tell({ sender: "x", body: { case: "bye", value: {} } });
  }
  expect(many.stream.batch.requests[0]).toMatchObject({ ack: 32 });
  const large = await new FakeSession().join();
  for (let index = 0; index < 2; index++) {
    large.stream.tell({ sender: "b", body: { case: "offer", value: { sdp: "x".repeat(40_000) } } });
  }
  expect(large.stream.batch.requests[0]).toMatchObject({ ack: 2 });
});

test("in a heartbeat interval without a signal, a heartbeat is sent", async () => {
  const session = await new FakeSession().join();
  await session.clock.advance(5_000);
  await session.send("offer");
  session.stream.batch.answer();
  await session.clock.advance(9_900);
  expect(session.stream.batches.length).toBe(1);
  await session.clock.advance(100);
  expect(session.stream.batch.kinds).toEqual(["heartbeat"]);
});

test("what was sent is traced, again when it is repeated, and when it is acknowledged", async () => {
  const session = await new FakeSession().join();
  const traces: unknown[] = [];
  session.client.on("trace", ({ kind, seq, ackedAfterMs, replayed }) =>
    traces.push([kind, seq, ackedAfterMs, replayed]),
  );
  await session.send("offer");
  session.stream.batch.fail(broken);
  await session.clock.advance(100);
  session.stream.batch.take();
  session.stream.say({ ack: 1, body: { case: "heartbeat", value: {} } });
  expect(traces).toEqual([
    ["offer", 1, undefined, false],
    ["offer", 1, undefined, true],
    ["offer", 1, 100, false],
  ]);
});

test("where the halves have connections of their own, each heartbeat of the server is answered on arrival", async () => {
  const session = new FakeSession();
  session.transport.answersHeartbeats = true;
  await session.join();
  session.stream.say({ body: { case: "heartbeat", value: {} } });
  await settle();
  expect(session.stream.batch.kinds).toEqual(["heartbeat"]);
  // One stream both ways needs none.
  const other = await new FakeSession().join();
  other.stream.say({ body: { case: "heartbeat", value: {} } });
  await settle();
  expect(other.stream.batches).toEqual([]);
});

test("when the browser goes offline, what does not arrive within 1.5 seconds shows it", async () => {
  const session = await new FakeSession().join();
  await session.send("offer");
  session.page?.offline();
  await session.clock.advance(1_499);
  expect(await session.told()).toEqual([]);
  await session.clock.advance(1);
  expect(await session.told()).toEqual(["reconnecting NETWORK"]);
});

test("where sends have no answer, the service is asked for one", async () => {
  const session = await new FakeSession().join();
  const probes = [
    Promise.withResolvers<void>(),
    Promise.withResolvers<void>(),
    Promise.withResolvers<void>(),
  ];
  let asked = 0;
  Object.assign(session.stream, { probe: () => probes[asked++]?.promise });
  session.page?.offline();
  probes[0]?.resolve();
  await session.clock.advance(5_000);
  expect(await session.told()).toEqual([]);
  session.page?.offline();
  await session.send("offer");
  session.stream.batch.take();
  await session.clock.advance(1_500);
  expect(await session.told()).toEqual(["reconnecting NETWORK"]);
  expect(asked).toBe(2);
});

test("a service that cannot be asked is not waited for", async () => {
  const session = await new FakeSession().join();
  Object.assign(session.stream, { probe: () => Promise.reject(new TypeError("Failed to fetch")) });
  session.page?.offline();
  await settle();
  expect(await session.told()).toEqual(["reconnecting NETWORK"]);
});

test("a browser that says offline and is not changes nothing", async () => {
  const session = await new FakeSession().join();
  await session.send("offer");
  session.page?.offline();
  session.stream.batch.answer();
  await session.clock.advance(5_000);
  expect(await session.told()).toEqual(["offer ok"]);
});
