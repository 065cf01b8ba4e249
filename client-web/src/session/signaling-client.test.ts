import { LeaveReason, Reason } from "@parley/contract";
import { expect, test } from "vitest";
import { clientError } from "../signaling-error.ts";
import { contractError } from "../testing/fake-error.ts";
import { FakeSession } from "../testing/fake-session.ts";
import { fakePeer } from "../testing/fake-transport.ts";
import { settle } from "../testing/settling-clock.ts";
import type { SignalTrace } from "./signal-trace.ts";

const broken = clientError("NETWORK", "broken");

test("a broken stream is resumed with what was processed last", async () => {
  const session = await new FakeSession().join({ peers: [fakePeer("b", 1)] });
  session.stream.tell({ sender: "b", body: { case: "bye", value: {} } });
  session.stream.tell({ sender: "b", body: { case: "bye", value: {} } });
  session.stream.end(broken);
  await session.clock.advance(100);
  expect(session.stream.init.start).toMatchObject({
    case: "resume",
    value: { sessionToken: "token", lastSeq: 2 },
  });
  session.stream.welcome({ peers: [fakePeer("b", 1)] });
  expect(await session.told()).toEqual(["b: bye 1", "b: bye 2", "reconnecting NETWORK", "open"]);
});

test("a stream in which nothing comes for two and a half heartbeat intervals is dead", async () => {
  const session = await new FakeSession().join({ resumeWindow: { seconds: 60n } });
  await session.clock.advance(20_000);
  session.stream.say({ body: { case: "heartbeat", value: {} } });
  await session.clock.advance(24_900);
  expect(session.client.state).toBe("open");
  await session.clock.advance(200);
  expect(await session.told()).toEqual(["reconnecting TIMEOUT"]);
  expect(session.transport.streams[0]?.closed).toBe(true);
  expect(session.transport.streams.length).toBe(2);
});

test("a silent stream is given up while there is time to come back within the resume window", async () => {
  const session = await new FakeSession().join({ resumeWindow: { seconds: 20n } });
  await session.clock.advance(15_900);
  expect(session.client.state).toBe("open");
  await session.clock.advance(200);
  expect(await session.told()).toEqual(["reconnecting TIMEOUT"]);
});

test("a repeated response is dropped, and a missing one is asked for by a resume", async () => {
  const session = await new FakeSession().join({ peers: [fakePeer("b", 1)] });
  const { stream } = session;
  stream.tell({ sender: "b", body: { case: "bye", value: {} } });
  stream.tell({ seq: 1, sender: "b", body: { case: "bye", value: {} } });
  stream.tell({ seq: 3, sender: "b", body: { case: "bye", value: {} } });
  expect(await session.told()).toEqual(["b: bye 1", "reconnecting RESPONSE_GAP"]);
  expect(stream.closed).toBe(true);
  await session.clock.advance(100);
  expect(session.stream.init.start).toMatchObject({ value: { lastSeq: 1 } });
});

test("waits grow with each attempt and start over once a stream has held", async () => {
  const attempts: number[] = [];
  const reconnect = (attempt: number) => {
    attempts.push(attempt);
    return 10;
  };
  const session = await new FakeSession({ reconnect }).join();
  for (let round = 0; round < 3; round++) {
    session.stream.end(broken);
    await session.clock.advance(10);
  }
  session.stream.welcome();
  await session.clock.advance(6_000);
  session.stream.end(broken);
  expect(attempts).toEqual([0, 1, 2, 0]);
});

test("waits stay short where streams open and break at once: the service is there, the way to it is not", async () => {
  const attempts: number[] = [];
  const reconnect = (attempt: number) => {
    attempts.push(attempt);
    return 10;
  };
  const session = await new FakeSession({ reconnect }).join();
  for (let round = 0; round < 8; round++) {
    session.stream.end(broken);
    await session.clock.advance(10);
    session.stream.welcome();
  }
  expect(attempts).toEqual([0, 1, 2, 3, 4, 4, 4, 4]);
});

test("a wait that the server asks for is kept", async () => {
  const session = await new FakeSession().join();
  session.stream.end(contractError(Reason.STORAGE_UNAVAILABLE, "away", 3000));
  await session.clock.advance(2900);
  expect(session.transport.streams.length).toBe(1);
  await session.clock.advance(100);
  expect(session.transport.streams.length).toBe(2);
});

test("when the policy gives up, the session is closed and says why", async () => {
  const session = await new FakeSession({ reconnect: () => null }).join();
  await session.send("offer");
  session.stream.end(broken);
  expect(await session.told()).toEqual([
    "reconnecting NETWORK",
    "closed NETWORK",
    "closed NETWORK",
    "offer NETWORK",
  ]);
  expect(session.clock.pending).toBe(0);
});

test("the page coming back online, or into view, does not wait any longer", async () => {
  const session = await new FakeSession({ reconnect: () => 60_000 }).join();
  session.stream.end(broken);
  session.page?.wake();
  await settle();
  expect(session.stream.init.start.case).toBe("resume");
});

test("a page that wakes does not trust a stream that was silent for longer than a heartbeat", async () => {
  const session = await new FakeSession().join();
  await session.clock.advance(11_000);
  session.page?.wake();
  expect(session.client.state).toBe("open");
  await session.clock.advance(2_000);
  session.page?.wake();
  expect(session.client.state).toBe("reconnecting");
});

test("a page that wakes knows by the time of day how long its machine slept", async () => {
  const session = await new FakeSession().join();
  // The monotonic clock of some machines stands still meanwhile.
  session.clock.step(3_600_000);
  session.page?.wake();
  expect(session.client.state).toBe("reconnecting");
});

test("a step of the wall clock moves no deadline, and shows only in timestamps", async () => {
  const session = await new FakeSession().join({ peers: [fakePeer("b", 1)] });
  const traces: SignalTrace[] = [];
  session.client.on("trace", (trace) => traces.push(trace));
  for (const stepMs of [-60_000, 60_000]) {
    session.stream.say({ body: { case: "heartbeat", value: {} } });
    const sent = session.stream.batches.length;
    session.clock.step(stepMs);
    await session.clock.advance(15_000);
    expect(session.stream.batches.length, "its own heartbeats go on").toBeGreaterThan(sent);
    expect(session.client.state, "the stream is not taken for silent").toBe("open");
  }
  const sentAt = session.clock.wallTime();
  await session.send("offer");
  await session.clock.advance(40);
  session.clock.step(-60_000);
  session.stream.say({ ack: 1, body: { case: "heartbeat", value: {} } });
  expect(traces.at(-1)).toMatchObject({ at: sentAt, ackedAfterMs: 40 });
});

test("a session that the service gave up is joined again: what waits is rejected, everybody is met again", async () => {
  const session = await new FakeSession().join({ peers: [fakePeer("b", 1)] });
  const before = session.transport.streams[0]?.init.start;
  await session.send("offer");
  session.stream.end(contractError(Reason.SESSION_NOT_FOUND, "gone"));
  await session.send("answer");
  await session.clock.advance(100);
  const { start } = session.stream.init;
  expect(start.case).toBe("join");
  expect(start).not.toEqual(before);
  session.stream.welcome({ sessionToken: "token2", peers: [fakePeer("b", 1)] });
  expect(await session.told()).toEqual([
    "reconnecting SESSION_NOT_FOUND",
    "-b reset",
    "reset SESSION_NOT_FOUND",
    "offer SESSION_NOT_FOUND",
    "+b",
    "open",
  ]);
  expect(session.stream.batch.seqs).toEqual([1]);
  expect(session.stream.batch.kinds).toEqual(["answer"]);
});

test("a session that is not to be joined again is closed instead", async () => {
  const session = await new FakeSession({ rejoin: false }).join();
  session.stream.end(contractError(Reason.RESUME_GAP, "gap"));
  expect(await session.told()).toEqual(["reconnecting RESUME_GAP", "closed RESUME_GAP", "closed RESUME_GAP"]);
  expect(session.clock.pending).toBe(0);
});

test("a session that another client took over is closed", async () => {
  const session = await new FakeSession().join();
  session.stream.end(contractError(Reason.SESSION_REPLACED, "elsewhere"));
  expect((await session.told()).at(-1)).toBe("closed SESSION_REPLACED");
});

test("a session that an attempt of its own took over, which came late, is resumed", async () => {
  const session = await new FakeSession().join();
  session.stream.end(broken);
  await session.clock.advance(100);
  await session.clock.advance(10_100); // no answer: this attempt may still be on its way
  session.stream.welcome();
  session.stream.end(contractError(Reason.SESSION_REPLACED, "by the stray attempt"));
  await session.clock.advance(100);
  session.stream.welcome();
  expect(session.client.state).toBe("open");
});

test("on GoAway the next stream is opened before the old one is dropped, and nothing is reported twice", async () => {
  const session = await new FakeSession().join({ peers: [fakePeer("b", 1)] });
  const old = session.stream;
  old.say({ body: { case: "goAway", value: { reconnectAfter: { nanos: 500_000_000 } } } });
  await session.clock.advance(400);
  expect(session.transport.streams.length).toBe(1);
  await session.clock.advance(100);
  const next = session.stream;
  expect(next).not.toBe(old);
  old.tell({ sender: "b", body: { case: "bye", value: {} } });
  expect(old.closed).toBe(false);
  next.welcome({ peers: [fakePeer("b", 1)] });
  expect(old.closed).toBe(true);
  next.tell({ sender: "b", body: { case: "bye", value: {} } });
  next.tell({ sender: "b", body: { case: "bye", value: {} } });
  expect(await session.told()).toEqual(["b: bye 1", "b: bye 2"]);
});

test("a stream that ends while the next is being opened makes no difference", async () => {
  const session = await new FakeSession().join();
  const old = session.stream;
  old.say({ body: { case: "goAway", value: {} } });
  await session.clock.advance(0);
  old.end(contractError(Reason.SESSION_REPLACED, "by the next"));
  session.stream.welcome();
  expect(await session.told()).toEqual([]);
  expect(session.transport.streams.length).toBe(2);
});

test("before its token expires, the session moves to a stream with another", async () => {
  let asked = 0;
  const session = await new FakeSession({ token: async () => `token ${++asked}` }).join();
  const old = session.stream;
  expect(old.init.accessToken).toBe("token 1");
  old.say({ body: { case: "tokenExpiring", value: { expiresIn: { seconds: 60n } } } });
  await session.clock.advance(0);
  expect(session.stream.init).toMatchObject({ accessToken: "token 2", start: { case: "resume" } });
  expect(old.closed).toBe(false);
  session.stream.welcome();
  expect(old.closed).toBe(true);
  expect(await session.told()).toEqual([]);
});

test("a session whose token cannot be renewed stays until it ends", async () => {
  const session = await new FakeSession({ token: "the only one" }).join();
  session.stream.say({ body: { case: "tokenExpiring", value: {} } });
  await session.clock.advance(1000);
  expect(session.transport.streams.length).toBe(1);
  session.stream.end(contractError(Reason.ACCESS_TOKEN_EXPIRED, "it has expired"));
  expect(session.client.state).toBe("closed");
  expect(session.page).toBeUndefined();
});

test("a token that has expired on the way is replaced, and the session goes on", async () => {
  let asked = 0;
  const session = await new FakeSession({ token: () => `token ${++asked}` }).join();
  session.stream.end(contractError(Reason.ACCESS_TOKEN_EXPIRED, "it has expired"));
  await session.clock.advance(100);
  expect(session.stream.init).toMatchObject({ accessToken: "token 2", start: { case: "resume" } });
  session.stream.welcome();
  expect(await session.told()).toEqual(["reconnecting ACCESS_TOKEN_EXPIRED", "open"]);
});

test("peers come and go by what the stream says", async () => {
  const session = await new FakeSession().join();
  session.stream.say({ body: { case: "peerJoined", value: { peer: fakePeer("c", 60) } } });
  session.stream.tell({ sender: "c", body: { case: "offer", value: { sdp: "v=0" } } });
  const left = { peerId: "c", session: 61, reason: LeaveReason.EXPIRED };
  session.stream.say({ body: { case: "peerLeft", value: { ...left, session: 60 } } });
  session.stream.say({ body: { case: "peerLeft", value: left } });
  expect(await session.told()).toEqual(["+c", "c: offer 1", "-c expired"]);
});

test("fresh ICE servers are reported, the same ones are not", async () => {
  const session = await new FakeSession().join({ iceServers: [{ urls: ["stun:a"] }] });
  const told: unknown[] = [];
  session.client.on("ice-servers", (servers) => told.push(servers));
  session.stream.say({ body: { case: "iceServers", value: { servers: [{ urls: ["stun:a"] }] } } });
  session.stream.say({
    body: {
      case: "iceServers",
      value: { servers: [{ urls: ["turn:a"], username: "u", credential: "c" }] },
    },
  });
  expect(told).toEqual([[{ urls: ["turn:a"], username: "u", credential: "c" }]]);
});

test("cut drops the stream as a lost network would", async () => {
  const session = await new FakeSession().join();
  session.client.cut();
  expect(session.stream.closed).toBe(true);
  await session.clock.advance(100);
  session.stream.welcome();
  expect(await session.told()).toEqual(["reconnecting NETWORK", "open"]);
});

test("close leaves no timer, stream or listener behind, and rejects what waits", async () => {
  const session = await new FakeSession().join();
  await session.send("offer");
  session.client.close();
  expect(await session.told()).toEqual(["closed", "closed", "offer CLOSED"]);
  expect(session.stream.closed).toBe(true);
  expect(session.clock.pending).toBe(0);
  expect(session.page).toBeUndefined();
  await session.send("offer");
  expect(await session.told()).toEqual(["offer CLOSED"]);
});

test("while the answer to a resume is held, signals go on, and the session counts as open", async () => {
  const session = await new FakeSession().join();
  session.stream.end(broken);
  await session.send("offer");
  await session.clock.advance(100);
  session.stream.init.held();
  expect(session.stream.batch.kinds).toEqual(["offer"]);
  session.stream.batch.answer();
  await session.clock.advance(15_000);
  session.stream.welcome({}, 1);
  expect(await session.told()).toEqual(["reconnecting NETWORK", "open", "offer ok"]);
  expect(session.transport.streams.length).toBe(2);
});

test("a token is asked for before each stream", async () => {
  let tokens = 0;
  const session = await new FakeSession({ token: async () => `token ${++tokens}` }).join();
  expect(session.stream.init.accessToken).toBe("token 1");
  session.stream.end(broken);
  await session.clock.advance(100);
  expect(session.stream.init.accessToken).toBe("token 2");
});
