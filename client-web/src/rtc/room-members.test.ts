import type { MessageInitShape } from "@bufbuild/protobuf";
import { LeaveReason, type SignalResponseSchema } from "@parley/contract";
import { beforeEach, expect, test } from "vitest";
import { SignalingError } from "../signaling-error.ts";
import type { FakeConnection } from "../testing/fake-connection.ts";
import { FakeService } from "../testing/fake-service.ts";
import { SettlingClock, settle } from "../testing/settling-clock.ts";
import type { PeerLink } from "./peer-link.ts";
import { type RebindClaim, rebindProof } from "./rebind-proof.ts";
import type { Room } from "./room.ts";

let service: FakeService;
let first: Room;
let second: Room;
let one: PeerLink;
let other: PeerLink;
/** What the application of the first room was notified of. */
let heard: string[];

const fake = (link: PeerLink) => link.connection as unknown as FakeConnection;

/** Two rooms with a link between them whose connection is up. */
beforeEach(async () => {
  service = new FakeService(new SettlingClock());
  first = await service.join("a");
  second = await service.join("b");
  one = first.connect("b");
  other = second.connect("a");
  one.createDataChannel("chat");
  await service.deliver();
  for (const link of [one, other]) fake(link).connect();
  heard = [];
  await settle();
  first.on("peer-left", ({ peerId }, cause) => heard.push(`-${peerId} ${cause}`));
  first.on("peer", ({ peerId }) => heard.push(`+${peerId}`));
  await settle();
  heard.length = 0;
  for (const link of [one, other]) link.on("closed", (why) => heard.push(`closed ${why}`));
});

/** Lets the new sessions begin, and what they have to prove reach the other side. */
async function rejoin(): Promise<void> {
  await service.clock.advance(100);
  await settle();
}

/** Delivers what is sent until both sides know each other again, and lets no time pass. */
async function bound(...links: PeerLink[]): Promise<void> {
  await settle();
  service.deliverNow();
  await settle();
  expect(links.map(({ signaling }) => signaling)).toEqual(links.map(() => "open"));
}

/** Something that a session with the name of the second peer sends to the first. */
function from(senderSession: number, body: MessageInitShape<typeof SignalResponseSchema>["body"]): void {
  const { negotiationId } = one;
  service.stream("a").tell({ sender: "b", senderSession, negotiationId, ...(body && { body }) });
}

test("a call goes on when the service forgets everything, and nobody hears of it but the links", async () => {
  const before = [one, other].map((link) => [link.connection, link.polite, link.negotiationId]);
  const states: string[] = [];
  one.on("signaling", (state) => states.push(state));
  service.restart();
  expect([one.signaling, other.signaling]).toEqual(["away", "away"]);
  await rejoin();
  await bound(one, other);
  expect([heard, states]).toEqual([[], ["away", "open"]]);
  expect([one, other].map((link) => [link.connection, link.polite, link.negotiationId])).toEqual(before);
  expect([one.peer, first.peers.get("b")?.session]).toEqual([first.peers.get("b"), one.peer.session]);
  // It negotiates again, with the sides that it had.
  one.restartIce();
  await service.deliver();
  expect(fake(one).localDescription?.sdp).toBe(fake(other).remoteDescription?.sdp);
});

test("a call goes on when one side loses its session", async () => {
  service.lose("b", LeaveReason.EXPIRED);
  expect([one.signaling, other.signaling]).toEqual(["away", "away"]);
  await rejoin();
  await bound(one, other);
  expect(heard).toEqual([]);
});

test("a link that was not connected yet ends with the session, and the peer is met again", async () => {
  const early = first.connect("b", { negotiationId: "early" });
  const why: string[] = [];
  early.on("closed", (end) => why.push(end));
  service.lose("b", LeaveReason.EXPIRED);
  expect([why, one.closed]).toEqual([["session-lost"], false]);
  await rejoin();
  await bound(one);
  expect(first.connect("b", { negotiationId: "again" }).peer).toBe(one.peer);
});

test("a peer that leaves takes its links with it", async () => {
  service.lose("b", LeaveReason.LEFT);
  expect(heard).toEqual(["closed peer-left", "-b left"]);
});

test("without a proof, nothing from a session with the peer's name reaches its link", async () => {
  service.open = false;
  service.lose("b", LeaveReason.EXPIRED);
  service.open = true;
  // Anyone may take the name while the peer has no session, and may even know the name of the negotiation.
  const thief = await service.join("b");
  const { session } = thief.self;
  const { remoteDescription } = fake(one);
  from(session, { case: "bye", value: { reason: "over" } });
  from(session, { case: "restart", value: { rebuild: true } });
  from(session, { case: "iceCandidate", value: { candidate: "stolen" } });
  from(session, { case: "rebind", value: { proof: new Uint8Array(32) } });
  await service.clock.advance(3_000);
  expect([one.closed, one.signaling, fake(one).candidates]).toEqual([false, "away", []]);
  expect(heard, "a second person with that name").toEqual(["+b"]);
  // Its offer is a link of its own.
  const begun: PeerLink[] = [];
  first.on("link", (link) => begun.push(link));
  from(session, { case: "offer", value: { sdp: "v=0\r\na=fingerprint:sha-256 FF:FF\r\n" } });
  await settle();
  expect(begun.length).toBe(1);
  expect([begun[0] === one, fake(one).remoteDescription]).toEqual([false, remoteDescription]);
  expect(one.closed).toBe(false);
});

/** Lets another person take the name of the second peer, who has lost its session; returns the session number. */
async function takeName(): Promise<number> {
  service.open = false;
  service.lose("b", LeaveReason.EXPIRED);
  service.open = true;
  const stranger = await service.join("b");
  await service.clock.advance(3_000);
  return stranger.self.session;
}

const strangersOffer = {
  case: "offer",
  value: { sdp: "v=0\r\na=fingerprint:sha-256 FF:FF\r\n" },
} as const;

test.each<[string, (right: RebindClaim) => Partial<RebindClaim>]>([
  ["of another negotiation", () => ({ negotiationId: "another" })],
  ["of another session of its sender", ({ senderSession }) => ({ senderSession: senderSession - 1 })],
  [
    "for another session of its receiver",
    ({ receiverSession }) => ({ receiverSession: receiverSession + 1 }),
  ],
  ["that its receiver made", ({ sender, receiver }) => ({ sender: receiver, receiver: sender })],
])("a proof %s binds no link, the right one does", async (_, wrong) => {
  service.open = false;
  service.lose("b", LeaveReason.EXPIRED);
  service.open = true;
  const { session } = (await service.join("b")).self;
  const { own, peers } = one.fingerprints;
  const right = {
    negotiationId: one.negotiationId,
    sender: peers,
    receiver: own,
    senderSession: session,
    receiverSession: first.self.session,
  };
  for (const [claim, signaling] of [
    [{ ...right, ...wrong(right) }, "away"],
    [right, "open"],
  ] as const) {
    from(session, { case: "rebind", value: { proof: (await rebindProof(claim)) ?? new Uint8Array() } });
    await settle();
    expect(one.signaling).toBe(signaling);
  }
});

test.each(["at once", "later"])(
  "a second person with the peer's name may have a link with the same negotiation id, taken up %s",
  async (taken) => {
    const session = await takeName();
    const begun: PeerLink[] = [];
    const takeUp = () => first.on("link", (link) => begun.push(link));
    if (taken === "at once") takeUp();
    from(session, strangersOffer);
    from(session, { case: "iceCandidate", value: { candidate: "its own" } });
    await settle();
    if (taken === "later") takeUp();
    await settle();
    const [link] = begun;
    expect(link && fake(link).candidates).toEqual(["its own"]);
    from(session, { case: "bye", value: { reason: "over" } });
    await settle();
    expect([link?.closed, one.closed, fake(one).candidates]).toEqual([true, false, []]);
  },
);

test("what follows a wrong proof is not lost", async () => {
  const session = await takeName();
  const begun: PeerLink[] = [];
  first.on("link", (link) => begun.push(link));
  from(session, { case: "rebind", value: { proof: new Uint8Array(32) } });
  from(session, strangersOffer);
  await settle();
  expect([begun.length, one.signaling]).toEqual([1, "away"]);
});

test("a description with the fingerprints of the connection takes the link over, and candidates waited for it", async () => {
  service.open = false;
  service.lose("b", LeaveReason.EXPIRED);
  service.open = true;
  const page = await service.join("b");
  from(page.self.session, { case: "iceCandidate", value: { candidate: "later" } });
  await settle();
  expect(fake(one).candidates).toEqual([]);
  const sdp = `v=0\r\na=fingerprint:${fake(other).fingerprint}\r\na=ice-ufrag:next\r\n`;
  from(page.self.session, { case: "offer", value: { sdp } });
  await settle();
  expect([one.signaling, fake(one).candidates, heard]).toEqual(["open", ["later"], []]);
});

test("a link that failed ends once its peer has had no session for half a minute, and then the peer has left", async () => {
  service.open = false;
  service.lose("b", LeaveReason.EXPIRED);
  await service.clock.advance(60_000);
  expect([one.closed, heard], "as long as it is connected").toEqual([false, []]);
  fake(one).connect("failed");
  await settle();
  expect(heard).toEqual(["closed failed", "-b expired"]);
});

test("what was to be negotiated while signaling was away is negotiated afterwards", async () => {
  service.restart();
  one.createDataChannel("more");
  fake(one).gather("found meanwhile");
  await settle();
  expect(fake(one).signalingState).toBe("stable");
  await rejoin();
  await bound(one, other);
  await service.deliver();
  expect(fake(one).localDescription?.sdp).toBe(fake(other).remoteDescription?.sdp);
  expect(fake(other).candidates).toContain("found meanwhile");
});

test.each([
  ["while signaling was away", () => service.restart(), () => one.restartIce()],
  ["in a session that was lost", () => one.restartIce(), () => service.restart()],
])("a restart that the peer has to make and was asked for %s is made afterwards", async (_, ...steps) => {
  fake(other).stack = "mozilla";
  const deliver = async () => {
    await service.deliver();
    fake(other).gather("host");
    await service.deliver();
  };
  other.restartIce();
  await deliver();
  const { offers } = fake(other);
  for (const step of steps) step();
  await rejoin();
  await bound(one, other);
  await deliver();
  expect([fake(one).offers, fake(other).offers]).toEqual([1, offers + 1]);
  expect(fake(one).remoteDescription?.sdp).toBe(fake(other).localDescription?.sdp);
});

test("what a peer publishes is seen, also after it began a new session", async () => {
  first.on("peer-updated", ({ peerId, metadata }) => heard.push(`${peerId} ${JSON.stringify(metadata)}`));
  const update = (session: number, mic: string) =>
    service.stream("a").say({
      body: { case: "peerUpdated", value: { peerId: "b", session, metadata: { mic } } },
    });
  update(2, "off");
  service.lose("b", LeaveReason.EXPIRED);
  await rejoin();
  await bound(one);
  update(3, "on");
  expect(heard).toEqual(['b {"mic":"off"}', 'b {"mic":"on"}']);
  expect([one.peer.metadata, first.peers.get("b")?.metadata]).toEqual([{ mic: "on" }, { mic: "on" }]);
});

test("a session that is refused for good ends no call", async () => {
  service.open = false;
  const states: string[] = [];
  first.on("closed", (error) => states.push(error?.reason ?? "left"));
  service.stream("a").end(new SignalingError("PEER_REPLACED", "elsewhere", { retry: "never" }));
  expect([states, one.closed, one.signaling]).toEqual([["PEER_REPLACED"], false, "away"]);
  one.close();
  expect(first.links).toEqual([]);
});

test("links that a peer begins beyond the limits are refused with bye", async () => {
  const begun: PeerLink[] = [];
  second.on("link", (link) => begun.push(link));
  const many = Array.from({ length: 9 }, (_, index) =>
    first.connect("b", { negotiationId: `link-${index}` }),
  );
  for (const link of many) link.createDataChannel("chat");
  await service.deliver();
  // One is there already.
  expect([begun.length, second.links.length]).toEqual([7, 8]);
  expect(many.filter(({ closed }) => closed).length).toBe(2);
});
