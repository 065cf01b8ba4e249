import { Reason } from "@parley/contract";
import { expect, test } from "vitest";
import { type JoinRoomOptions, joinRoom } from "./join-room.ts";
import { FakeConnection } from "./testing/fake-connection.ts";
import { contractError } from "./testing/fake-error.ts";
import { FakeTransport, fakePeer } from "./testing/fake-transport.ts";
import { SettlingClock, settle } from "./testing/settling-clock.ts";

function options(): JoinRoomOptions & { clock: SettlingClock; transport: FakeTransport } {
  return {
    room: "room",
    clock: new SettlingClock(),
    transport: new FakeTransport(),
    createConnection: FakeConnection.create,
    page: () => () => {},
  };
}

test("what comes right behind Welcome waits for the application", async () => {
  const given = options();
  const joining = joinRoom(given);
  await settle();
  const { stream } = given.transport;
  stream.welcome({ peers: [fakePeer("a", 1)], iceServers: [{ urls: ["stun:s"] }] });
  stream.tell({ sender: "a", negotiationId: "n", body: { case: "offer", value: { sdp: "v=0" } } });
  stream.say({ body: { case: "peerJoined", value: { peer: fakePeer("b", 60) } } });
  const room = await joining;
  await settle();
  const told: string[] = [];
  room.on("peer", (peer) => told.push(peer.peerId));
  await settle();
  expect(told).toEqual(["a", "b"]);
  const link = room.connect("a");
  await settle();
  expect(link.negotiationId).toBe("n");
  expect(link.connection.localDescription?.type).toBe("answer");
  expect((link.connection as unknown as FakeConnection).configuration.iceServers).toEqual([
    { urls: ["stun:s"] },
  ]);
  room.client.close();
  await settle();
  expect([link.closed, given.clock.pending]).toEqual([true, 0]);
});

test("a refusal rejects with its reason", async () => {
  const given = options();
  const joining = joinRoom(given);
  await settle();
  given.transport.stream.end(contractError(Reason.ROOM_FULL, "full", 5000));
  await expect(joining).rejects.toMatchObject({ reason: "ROOM_FULL", retry: "later", retryAfterMs: 5000 });
  expect(given.clock.pending).toBe(0);
});

test("a session that starts over closes its links and meets everybody again", async () => {
  const given = options();
  const joining = joinRoom({ ...given, reconnect: () => 0 });
  await settle();
  given.transport.stream.welcome({ peers: [fakePeer("a", 1)] });
  const room = await joining;
  const told: string[] = [];
  room.on("peer", ({ peerId }) => told.push(`+${peerId}`));
  room.on("peer-left", ({ peerId }, cause) => told.push(`-${peerId} ${cause}`));
  await settle();
  room.connect("a").on("closed", (reason) => told.push(reason));
  given.transport.stream.end(contractError(Reason.SESSION_LOST, "lost"));
  await given.clock.advance(0);
  given.transport.stream.welcome({ peers: [fakePeer("a", 1)] });
  expect(told).toEqual(["+a", "session-lost", "-a reset", "+a"]);
  room.client.close();
});
