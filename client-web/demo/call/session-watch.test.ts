import { Reason } from "@parley/contract";
import { expect, test } from "vitest";
import { clientError } from "../../src/signaling-error.ts";
import { contractError } from "../../src/testing/fake-error.ts";
import { FakeSession } from "../../src/testing/fake-session.ts";
import { fakePeer } from "../../src/testing/fake-transport.ts";
import { settle } from "../../src/testing/settling-clock.ts";
import type { CallObserver, SeenSignal, SessionState } from "./call.ts";
import { SessionWatch } from "./session-watch.ts";

const cut = clientError("NETWORK", "cut");
const offer = { case: "offer", value: { sdp: "v=0" } } as const;

/** A session with the peer "b", and what the page learned of it. */
async function watched() {
  const session = await new FakeSession().join({ peers: [fakePeer("b", 10)] });
  const states: SessionState[] = [];
  const signals: SeenSignal[] = [];
  const over: string[] = [];
  const ignore = () => {};
  const observer: CallObserver = {
    joined: ignore,
    lobby: () => {},
    peerJoined: ignore,
    peerChanged: ignore,
    peerLeft: ignore,
    failed: ignore,
    session: (state) => states.push(state),
    signal: (signal) => signals.push(signal),
    renewed: (reason) => over.push(`renewed ${reason}`),
    closed: (reason) => over.push(`closed ${reason}`),
  };
  new SessionWatch(session.client, observer, session.clock);
  return { session, states, signals, over };
}

test("a signal is shown when it is sent, and again under the same key when it is acknowledged", async () => {
  const { session, signals } = await watched();
  await session.send("offer");
  expect(signals).toMatchObject([{ direction: "out", kind: "offer", peerId: "b", outcome: "pending" }]);
  await session.clock.advance(40);
  session.stream.batch.answer();
  await settle();
  expect(signals[1]).toMatchObject({ key: signals[0]?.key, outcome: "acked", ackedAfterMs: 40 });
  expect(signals).toHaveLength(2);
});

test("a rejected signal is shown with its reason", async () => {
  const { session, signals } = await watched();
  await session.send("offer");
  session.stream.tell({
    body: { case: "rejected", value: { seq: 1, reason: Reason.MAILBOX_FULL, message: "full" } },
  });
  await settle();
  expect(signals.at(-1)).toMatchObject({ outcome: "rejected", reason: "MAILBOX_FULL" });
});

test("what was missed while the session was away is counted and shown as replayed, and nothing else", async () => {
  const { session, states, signals } = await watched();
  session.stream.tell({ sender: "b", negotiationId: "n", body: offer });
  session.stream.end(cut);
  await settle();
  expect(states.at(-1)).toMatchObject({ phase: "reconnecting", resumes: 0 });
  await session.clock.advance(100);
  session.stream.welcome({ peers: [fakePeer("b", 10)] });
  const signal = () => session.stream.tell({ sender: "b", negotiationId: "n", body: offer });
  signal();
  signal();
  await session.clock.advance(250);
  signal();
  expect(signals.map(({ replayed }) => replayed)).toEqual([false, true, true, false]);
  expect(states.at(-1)).toMatchObject({ phase: "resumed", resumes: 1, replayed: 2, awayMs: 100 });
});

test("what is sent again after a cut stays marked as replayed once it is acknowledged", async () => {
  const { session, signals } = await watched();
  await session.send("offer");
  session.stream.end(cut);
  await session.clock.advance(100);
  session.stream.welcome({ peers: [fakePeer("b", 10)] });
  await settle();
  session.stream.say({ ack: 1, body: { case: "heartbeat", value: {} } });
  expect(signals.map(({ outcome, replayed }) => [outcome, replayed])).toEqual([
    ["pending", false],
    ["pending", true],
    ["acked", true],
  ]);
  expect(new Set(signals.map(({ key }) => key)).size).toBe(1);
});

test("a new session in the place of a lost one is reported, is no resume, and numbers its signals apart", async () => {
  const { session, states, signals, over } = await watched();
  session.stream.tell({ sender: "b", negotiationId: "n", body: offer });
  session.stream.end(contractError(Reason.SESSION_NOT_FOUND, "gone"));
  await session.clock.advance(100);
  session.stream.welcome({ peers: [fakePeer("b", 10)] });
  session.stream.tell({ sender: "b", negotiationId: "n", body: offer });
  expect(over).toEqual(["renewed SESSION_NOT_FOUND"]);
  expect(states.at(-1)).toMatchObject({ phase: "connected", resumes: 0, replayed: 0 });
  expect(new Set(signals.map(({ key }) => key)).size).toBe(2);
});

test("the end of a session is reported with its reason, but not when this side left", async () => {
  const first = await watched();
  first.session.stream.end(contractError(Reason.PEER_REPLACED, "replaced"));
  await settle();
  expect(first.over).toEqual(["closed PEER_REPLACED"]);
  expect(first.states.at(-1)?.phase).toBe("closed");

  const second = await watched();
  second.session.client.close();
  expect(second.over).toEqual([]);
});
