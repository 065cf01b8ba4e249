import { LeaveReason } from "@parley/contract";
import { beforeEach, expect, test } from "vitest";
import type { FakeConnection } from "../testing/fake-connection.ts";
import { FakeService } from "../testing/fake-service.ts";
import { SettlingClock, settle } from "../testing/settling-clock.ts";
import type { PeerLink } from "./peer-link.ts";
import type { Room } from "./room.ts";

let service: FakeService;
/** The one already there, and so impolite. */
let first: Room;
/** The one that came later, and so polite. */
let second: Room;

beforeEach(async () => {
  service = new FakeService(new SettlingClock());
  first = await service.join("a");
  second = await service.join("b");
});

const fake = (link: PeerLink) => link.connection as unknown as FakeConnection;

/** Whether both sides hold the description that the other side has given. */
function agree(one: PeerLink, other: PeerLink): boolean {
  return (
    fake(one).signalingState === "stable" &&
    fake(other).signalingState === "stable" &&
    fake(one).localDescription !== null &&
    fake(one).localDescription?.sdp === fake(other).remoteDescription?.sdp &&
    fake(other).localDescription?.sdp === fake(one).remoteDescription?.sdp &&
    one.negotiationId === other.negotiationId
  );
}

test("every listener learns of every peer, of those before it too", async () => {
  const told: string[] = [];
  second.on("peer", ({ peerId }) => told.push(peerId));
  expect(told).toEqual([]);
  await settle();
  await service.join("c");
  expect(told).toEqual(["a", "c"]);
});

test("both sides connect as they hear of each other, and the impolite one makes the only offer", async () => {
  const links: PeerLink[] = [];
  for (const room of [first, second]) {
    room.on("peer", (peer) => {
      const link = room.connect(peer);
      link.createDataChannel("chat");
      links.push(link);
    });
  }
  await settle();
  await service.deliver();
  const [one, other] = links as [PeerLink, PeerLink];
  expect(agree(one, other)).toBe(true);
  expect([fake(one).offers, fake(other).offers]).toEqual([1, 0]);
  await service.clock.advance(2_000);
  expect(fake(other).offers).toBe(0);
});

test("under an ICE policy a connection only relays, and no private candidate is sent", async () => {
  service.icePolicy = { relayOnly: true, noPrivate: true };
  const third = await service.join("c");
  const link = third.connect("a");
  link.createDataChannel("chat");
  expect(fake(link).configuration.iceTransportPolicy).toBe("relay");
  const candidates = () => (service.sent.get("c") ?? []).filter((line) => line.startsWith("iceCandidate"));
  await service.deliver();
  fake(link).gather("candidate:1 1 udp 1 10.0.0.1 9 typ host");
  await service.deliver();
  expect(candidates()).toEqual([]);
  fake(link).gather("candidate:1 1 udp 1 203.0.113.7 9 typ relay");
  await service.deliver();
  expect(candidates()).toHaveLength(1);
});

test("both sides offer at once, under names of their own, and find together under the impolite one's", async () => {
  const one = first.connect("b");
  const other = second.connect("a", { offerAfterMs: 0 });
  one.createDataChannel("chat");
  other.createDataChannel("chat");
  const { negotiationId } = one;
  await settle();
  expect([fake(one).offers, fake(other).offers]).toEqual([1, 1]);
  fake(one).gather("1");
  fake(other).gather("2");
  await service.deliver();
  expect(agree(one, other)).toBe(true);
  expect(one.negotiationId).toBe(negotiationId);
  expect(fake(other).candidates).toEqual(["1"]);
  // The candidate of the offer that was taken back is of no use.
  expect(fake(one).candidates).toEqual([]);
  expect([first.links.length, second.links.length]).toEqual([1, 1]);
});

test("both sides offer at once under the same name", async () => {
  const options = { negotiationId: "call", offerAfterMs: 0 };
  const one = first.connect("b", options);
  const other = second.connect("a", options);
  one.createDataChannel("chat");
  other.createDataChannel("chat");
  await service.deliver();
  expect(agree(one, other)).toBe(true);
});

test("an implementation that does not roll back by itself is rolled back", async () => {
  const one = first.connect("b");
  const other = second.connect("a", { offerAfterMs: 0 });
  fake(other).rollsBack = false;
  one.createDataChannel("chat");
  other.createDataChannel("chat");
  await service.deliver();
  expect(agree(one, other)).toBe(true);
});

test("several links that both sides begin at once are paired in the order of their offers", async () => {
  const ones = [first.connect("b")];
  const others = [second.connect("a", { offerAfterMs: 0 }), second.connect("a", { offerAfterMs: 0 })];
  first.on("link", (link) => ones.push(link));
  for (const link of [...ones, ...others]) link.createDataChannel("chat");
  await service.deliver();
  expect(ones.length).toBe(2);
  for (const [index, one] of ones.entries()) expect(agree(one, others[index] as PeerLink)).toBe(true);
});

test("links of different names are never taken for one", async () => {
  const one = first.connect("b", { negotiationId: "video" });
  const other = second.connect("a", { negotiationId: "files", offerAfterMs: 0 });
  const incoming: PeerLink[] = [];
  first.on("link", (link) => incoming.push(link));
  second.on("link", (link) => incoming.push(link));
  one.createDataChannel("chat");
  other.createDataChannel("chat");
  await service.deliver();
  expect(incoming.map(({ negotiationId }) => negotiationId).toSorted()).toEqual(["files", "video"]);
});

test("a link that nobody waited for is announced, with time to listen before its offer is taken", async () => {
  const one = first.connect("b");
  let other: PeerLink | undefined;
  second.on("link", (link) => {
    other = link;
    expect(fake(link).remoteDescription).toBeNull();
  });
  one.createDataChannel("chat");
  await service.deliver();
  expect(other !== undefined && agree(one, other)).toBe(true);
});

test("without a listener, it waits until it is taken up", async () => {
  const one = first.connect("b");
  one.createDataChannel("chat");
  await settle();
  fake(one).gather("early");
  await service.deliver();
  expect(second.links.length).toBe(0);
  const other = second.connect("a");
  await service.deliver();
  expect(agree(one, other)).toBe(true);
  expect(fake(other).candidates).toEqual(["early"]);
});

test("candidates that come before their description are held", async () => {
  const one = first.connect("b");
  one.createDataChannel("chat");
  await settle();
  const { negotiationId } = one;
  service.stream("a").tell({
    sender: "b",
    negotiationId,
    body: { case: "iceCandidate", value: { candidate: "early", usernameFragment: "remote" } },
  });
  await settle();
  expect(fake(one).candidates).toEqual([]);
  service.stream("a").tell({
    sender: "b",
    negotiationId,
    body: { case: "answer", value: { sdp: "v=0\r\na=ice-ufrag:remote\r\n" } },
  });
  await settle();
  expect(fake(one).candidates).toEqual(["early"]);
});

test("the end of candidates is said once for each generation", async () => {
  const one = first.connect("b");
  const other = second.connect("a");
  one.createDataChannel("chat");
  await service.deliver();
  fake(one).gather("x");
  fake(one).gather("");
  fake(one).gather(null);
  await service.deliver();
  expect(fake(other).candidates).toEqual(["x", ""]);
  one.restartIce();
  await service.deliver();
  fake(one).gather("");
  await service.deliver();
  expect(fake(other).candidates).toEqual(["x", "", ""]);
});

test("what belongs to another negotiation is ignored", async () => {
  const one = first.connect("b");
  const errors: unknown[] = [];
  one.on("error", (error) => errors.push(error));
  one.createDataChannel("chat");
  await settle();
  const stale = { sender: "b", negotiationId: "stale" };
  service.stream("a").tell({ ...stale, body: { case: "answer", value: { sdp: "v=0" } } });
  service.stream("a").tell({ ...stale, body: { case: "iceCandidate", value: { candidate: "late" } } });
  service.stream("a").tell({ ...stale, body: { case: "bye", value: {} } });
  await settle();
  expect(fake(one).signalingState).toBe("have-local-offer");
  expect([one.closed, errors]).toEqual([false, []]);
});

test.each([
  { callers: 1, offers: 9, links: 8 },
  { callers: 9, offers: 8, links: 64 },
])(
  "of $callers peers with $offers offers each, $links links are taken and the rest is answered with bye",
  async ({ callers, offers, links }) => {
    const taken: PeerLink[] = [];
    first.on("link", (link) => taken.push(link));
    for (let i = 0; i < callers; i++) {
      const { client } = await service.join(`caller-${i}`);
      for (let j = 0; j < offers; j++) {
        const negotiationId = `${i}-${j}`.padEnd(16, "-");
        client
          .send({ to: "a", negotiationId, kind: "offer", sdp: `v=0\r\no=- ${i} ${j}\r\n` })
          .catch(() => {});
      }
    }
    await service.deliver();
    const refused = service.sent.get("a")?.filter((said) => said.startsWith("bye"));
    expect([taken.length, refused?.length]).toEqual([links, callers * offers - links]);
  },
);

test("a failed connection restarts ICE, and both sides agree again", async () => {
  const one = first.connect("b");
  const other = second.connect("a");
  one.createDataChannel("chat");
  await service.deliver();
  const before = fake(one).localDescription?.sdp;
  fake(one).ice("failed");
  fake(other).ice("failed");
  await service.deliver();
  expect(agree(one, other)).toBe(true);
  expect(fake(one).localDescription?.sdp).not.toBe(before);
});

test("closing a link notifies the peer, and leaves the room as it is", async () => {
  const one = first.connect("b");
  const other = second.connect("a");
  one.createDataChannel("chat");
  await service.deliver();
  const reasons: string[] = [];
  one.on("closed", (why, words) => reasons.push(`one ${why}: ${words}`));
  other.on("closed", (why, words) => reasons.push(`other ${why}: ${words}`));
  one.close("enough");
  await service.deliver();
  expect(reasons).toEqual(["one closed: enough", "other bye: enough"]);
  expect([fake(one).signalingState, fake(other).signalingState]).toEqual(["closed", "closed"]);
  expect([first.links.length, second.links.length, first.peers.size]).toEqual([0, 0, 1]);
});

test("when a peer leaves, its links are closed without a word to it", async () => {
  const one = first.connect("b");
  one.createDataChannel("chat");
  await service.deliver();
  const reasons: string[] = [];
  one.on("closed", (reason) => reasons.push(reason));
  const left = { peerId: "b", session: one.peer.session, reason: LeaveReason.LEFT };
  service.stream("a").say({ body: { case: "peerLeft", value: left } });
  await settle();
  expect(reasons).toEqual(["peer-left"]);
  expect(service.sent.get("a")?.some((said) => said.startsWith("bye"))).toBe(false);
  expect(() => first.connect("b")).toThrow(expect.objectContaining({ reason: "RECIPIENT_UNKNOWN" }));
});

test("an offer for which the peer had no room is sent again", async () => {
  const one = first.connect("b");
  const other = second.connect("a");
  service.rejecting = 1;
  one.createDataChannel("chat");
  await service.deliver();
  expect(agree(one, other)).toBe(false);
  await service.clock.advance(1_000);
  await service.deliver();
  expect(agree(one, other)).toBe(true);
});

test("fresh ICE servers reach the links, beside those of the application", async () => {
  const one = first.connect("b", { configuration: { iceServers: [{ urls: "stun:own" }] } });
  service.stream("a").say({ body: { case: "iceServers", value: { servers: [{ urls: ["turn:fresh"] }] } } });
  expect(fake(one).configuration.iceServers).toEqual([{ urls: "stun:own" }, { urls: ["turn:fresh"] }]);
});

test("leaving closes the links, and leaves no timer behind", async () => {
  const one = first.connect("b");
  const other = second.connect("a");
  one.createDataChannel("chat");
  await service.deliver();
  fake(one).ice("disconnected");
  second.connect("a").createDataChannel("that waits for an offer");
  await settle();
  const rooms = Promise.all([first.leave(), second.leave()]);
  await service.deliver();
  await rooms;
  expect([one.closed, other.closed]).toEqual([true, true]);
  expect(service.clock.pending).toBe(0);
});
