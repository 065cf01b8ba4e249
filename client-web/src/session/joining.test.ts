import { Reason } from "@parley/contract";
import { expect, test } from "vitest";
import { clientError } from "../signaling-error.ts";
import { contractError } from "../testing/fake-error.ts";
import { FakeSession } from "../testing/fake-session.ts";
import { fakePeer } from "../testing/fake-transport.ts";
import { settle } from "../testing/settling-clock.ts";

const broken = clientError("NETWORK", "broken");

test("connect joins the room and resolves at Welcome with who is there", async () => {
  const session = new FakeSession({ peerId: "me", metadata: { name: "M" } });
  const connected = session.client.connect();
  await settle();
  const { start } = session.stream.init;
  expect(start).toMatchObject({
    case: "join",
    value: { room: "room", peerId: "me", metadata: { name: "M" } },
  });
  expect(start.case === "join" && start.value.nonce.byteLength).toBe(16);
  session.stream.welcome({ peers: [fakePeer("a", 1)] });
  await expect(connected).resolves.toMatchObject({ sessionToken: "token" });
  expect(await session.told()).toEqual(["connecting", "+a", "open"]);
  expect(session.client.self).toMatchObject({ peerId: "self" });
});

test("a join whose Welcome was lost is repeated with the same nonce", async () => {
  const session = new FakeSession();
  const connected = session.client.connect();
  await settle();
  const first = session.stream;
  first.end(broken);
  await session.clock.advance(100);
  expect(session.stream).not.toBe(first);
  const { case: kind, value } = first.init.start;
  expect([kind, value.attempt]).toEqual(["join", 1]);
  expect(session.stream.init.start).toEqual({ case: kind, value: { ...value, attempt: 2 } });
  session.stream.welcome({ resumed: true });
  await connected;
});

test("two sessions never share a nonce", async () => {
  const starts = await Promise.all(
    [new FakeSession(), new FakeSession()].map(async (session) => {
      await session.join();
      return session.stream.init.start;
    }),
  );
  expect(starts[0]).not.toEqual(starts[1]);
});

test("a join that the service refuses rejects at once, and leaves nothing behind", async () => {
  const session = new FakeSession();
  const connected = session.client.connect();
  await settle();
  session.stream.end(contractError(Reason.ROOM_FULL, "full", 1000));
  await expect(connected).rejects.toMatchObject({ reason: "ROOM_FULL" });
  expect(session.client.state).toBe("closed");
  expect(session.clock.pending).toBe(0);
  expect(session.page).toBeUndefined();
});

test("a join whose name is still held after the wait that the service asked for is refused", async () => {
  const session = new FakeSession();
  const connected = session.client.connect();
  connected.catch(() => {});
  await settle();
  session.stream.end(contractError(Reason.PEER_ID_TAKEN, "taken", 1_000));
  await session.clock.advance(1_000);
  session.stream.end(contractError(Reason.PEER_ID_TAKEN, "taken", 1_000));
  await expect(connected).rejects.toMatchObject({ reason: "PEER_ID_TAKEN" });
});

test("a join whose name is held for a peer that is away waits for it, beyond its own time", async () => {
  const session = new FakeSession({ joinTimeoutMs: 2_000 });
  const connected = session.client.connect();
  await settle();
  session.stream.end(contractError(Reason.PEER_ID_TAKEN, "away", 20_000));
  await session.clock.advance(19_999);
  expect(session.transport.streams.length).toBe(1);
  await session.clock.advance(1);
  session.stream.welcome();
  await expect(connected).resolves.toMatchObject({ sessionToken: "token" });
});

test("a join that nobody answers is given up in time, with the reason of the last attempt", async () => {
  const session = new FakeSession({ joinTimeoutMs: 2000 });
  const connected = session.client.connect();
  connected.catch(() => {});
  for (let attempt = 0; attempt < 30; attempt++) {
    await settle();
    if (session.client.state !== "closed") session.stream.end(broken);
    await session.clock.advance(100);
  }
  await expect(connected).rejects.toMatchObject({ reason: "NETWORK" });
  expect(session.clock.pending).toBe(0);
});

test("an attempt that is not answered within ten seconds is dropped for another", async () => {
  const session = new FakeSession({ joinTimeoutMs: 60_000 });
  void session.client.connect();
  await settle();
  const first = session.stream;
  await session.clock.advance(10_100);
  expect(first.closed).toBe(true);
  expect(session.transport.streams.length).toBe(2);
});

test("a join can be given up", async () => {
  const abort = new AbortController();
  const session = new FakeSession({ signal: abort.signal });
  const connected = session.client.connect();
  await settle();
  abort.abort();
  await expect(connected).rejects.toMatchObject({ reason: "ABORTED" });
  expect(session.stream.closed).toBe(true);
  expect(session.clock.pending).toBe(0);
});

test("a join that waits in the lobby takes as long as it takes, and reports its place", async () => {
  const session = new FakeSession({ joinTimeoutMs: 2_000 });
  const places: number[] = [];
  session.client.on("waiting", (position) => places.push(position));
  const connected = session.client.connect();
  await settle();
  const first = session.stream;
  first.say({ body: { case: "waiting", value: { position: 2 } } });
  for (let heartbeats = 0; heartbeats < 10; heartbeats++) {
    await session.clock.advance(15_000);
    first.say({ body: { case: "waiting", value: { position: 1 } } });
  }
  expect(session.transport.streams).toHaveLength(1);
  expect(places).toEqual([2, ...Array.from({ length: 10 }, () => 1)]);
  first.welcome();
  await connected;
  expect(await session.told()).toEqual(["connecting", "open"]);
});

test("a wait in the lobby outlives its stream, and ends when the service is not reached in time", async () => {
  const session = new FakeSession({ joinTimeoutMs: 2_000 });
  const connected = session.client.connect();
  connected.catch(() => {});
  await settle();
  const { start } = session.stream.init;
  session.stream.say({ body: { case: "waiting", value: { position: 1 } } });
  await session.clock.advance(10_000);
  session.stream.end(broken);
  await session.clock.advance(100);
  expect(session.stream.init.start).toMatchObject({
    value: { nonce: start.case === "join" && start.value.nonce },
  });
  session.stream.say({ body: { case: "waiting", value: { position: 1 } } });
  session.stream.end(broken);
  await session.clock.advance(2_000);
  await expect(connected).rejects.toMatchObject({ reason: "NETWORK" });
});

test("a client that is turned away learns why, and one that gives up says so", async () => {
  const turnedAway = new FakeSession();
  const refused = turnedAway.client.connect();
  await settle();
  turnedAway.stream.say({ body: { case: "waiting", value: { position: 1 } } });
  turnedAway.stream.end(contractError(Reason.ADMISSION_REFUSED, "members only"));
  await expect(refused).rejects.toMatchObject({ reason: "ADMISSION_REFUSED", message: "members only" });
  const givesUp = new FakeSession();
  const aborted = givesUp.client.connect();
  aborted.catch(() => {});
  await settle();
  const { stream } = givesUp;
  stream.say({ body: { case: "waiting", value: { position: 1, sessionToken: "place" } } });
  givesUp.client.close();
  const [{ sessionToken, batch } = { batch: [] }] = givesUp.transport.last;
  expect([sessionToken, ...batch.map(({ body }) => body.case)]).toEqual(["place", "leave"]);
});

test("a member that may let others in sees who waits, and decides", async () => {
  const session = await new FakeSession().join();
  const lists: string[][] = [];
  session.client.on("lobby", (waiting) => lists.push(waiting.map(({ peerId }) => peerId)));
  session.stream.say({ body: { case: "lobby", value: { waiting: [fakePeer("a", 1), fakePeer("b", 2)] } } });
  const [a, b] = session.client.lobby;
  if (a === undefined || b === undefined) throw new Error("nobody waits");
  const decided = [session.client.admit(a), session.client.turnAway(b, "no")];
  await settle();
  session.stream.batch.take();
  await settle();
  const decisions = session.stream.batches.flatMap(({ requests }) => requests).map(({ body }) => body);
  expect(decisions).toEqual([
    { case: "decide", value: expect.objectContaining({ peerId: "a", session: a.session, admit: true }) },
    { case: "decide", value: expect.objectContaining({ peerId: "b", admit: false, message: "no" }) },
  ]);
  session.stream.say({ ack: 2, body: { case: "lobby", value: { waiting: [] } } });
  await Promise.all(decided);
  expect(lists).toEqual([["a", "b"], []]);
});
