import { beforeEach, expect, test } from "vitest";
import type { FakeConnection } from "../testing/fake-connection.ts";
import { FakeService } from "../testing/fake-service.ts";
import { SettlingClock, settle } from "../testing/settling-clock.ts";
import type { PeerLink } from "./peer-link.ts";
import { roomSide } from "./room-side.ts";

let service: FakeService;
let one: PeerLink;
let other: PeerLink;

const fake = (link: PeerLink) => link.connection as unknown as FakeConnection;
/** Delivers what was sent until now, and what it leads to; Firefox finds a candidate for its restart. */
async function deliver(): Promise<void> {
  await service.deliver();
  fake(other).gather("host");
  await service.deliver();
}
const agree = () => fake(one).localDescription?.sdp === fake(other).remoteDescription?.sdp;

beforeEach(async () => {
  service = new FakeService(new SettlingClock());
  const rooms = [await service.join("a"), await service.join("b")] as const;
  one = rooms[0].connect("b");
  other = rooms[1].connect("a");
});

test("the side that is not Firefox asks Firefox to restart ICE, and never offers it a restart", async () => {
  fake(other).stack = "mozilla";
  one.createDataChannel("chat");
  await service.deliver();
  const offers = fake(one).offers;
  const before = fake(one).remoteDescription?.sdp;
  one.restartIce();
  await deliver();
  expect(service.sent.get("a")).toContain(`restart ${one.negotiationId.slice(0, 4)}`);
  expect([fake(one).offers, fake(other).offers]).toEqual([offers, 1]);
  expect(fake(one).remoteDescription?.sdp).not.toBe(before);
  // Firefox restarts by itself.
  other.restartIce();
  await deliver();
  expect([fake(one).offers, fake(other).offers]).toEqual([offers, 2]);
});

test("Firefox offers a restart only once it has a candidate for it, and after a second in any case", async () => {
  fake(other).stack = "mozilla";
  one.createDataChannel("chat");
  await service.deliver();
  const before = fake(one).remoteDescription?.sdp;
  other.restartIce();
  await service.clock.advance(900);
  await service.deliver();
  expect([fake(other).signalingState, fake(one).remoteDescription?.sdp]).toEqual([
    "have-local-offer",
    before,
  ]);
  await service.clock.advance(100);
  await service.deliver();
  expect(fake(other).signalingState).toBe("stable");
  expect(fake(one).remoteDescription?.sdp).toBe(fake(other).localDescription?.sdp);
});

test("fresh ICE servers do not make the next offer to Firefox a restart", async () => {
  fake(other).stack = "mozilla";
  one.createDataChannel("chat");
  await service.deliver();
  const { configuration } = fake(one);
  service.stream("a").say({ body: { case: "iceServers", value: { servers: [{ urls: ["turn:fresh"] }] } } });
  expect(fake(one).configuration).toBe(configuration);
  other.restartIce();
  await deliver();
  expect(fake(one).configuration.iceServers).toEqual([{ urls: ["turn:fresh"] }]);
});

test("a link whose description fails is rebuilt on both sides, with its channels, and stays the same link", async () => {
  const channel = one.createDataChannel("chat");
  await service.deliver();
  for (const link of [one, other]) fake(link).connect();
  const before = [one.connection, other.connection];
  const rebuilt: string[] = [];
  one.on("rebuilt", ({ previous, channels }) =>
    rebuilt.push(`one ${previous === before[0]} ${channels.has(channel)}`),
  );
  other.on("rebuilt", ({ previous }) => rebuilt.push(`other ${previous === before[1]}`));
  one.on("error", ({ message }) => rebuilt.push(message));
  one[roomSide].receive({ kind: "offer", sdp: "broken" });
  await service.deliver();
  expect(rebuilt).toEqual(["one true true", "other true"]);
  expect(before.map(({ signalingState }) => signalingState)).toEqual(["closed", "closed"]);
  expect([agree(), one.closed, other.closed]).toEqual([true, false, false]);
  // Once: the next time it is an error.
  one[roomSide].receive({ kind: "offer", sdp: "broken" });
  await service.deliver();
  expect(rebuilt.slice(2)).toEqual(["no description"]);
  expect([one.connection.signalingState, agree()]).toEqual(["stable", true]);
});

test("two sides that rebuild at once find together", async () => {
  one.createDataChannel("chat");
  await service.deliver();
  one[roomSide].receive({ kind: "offer", sdp: "broken" });
  other[roomSide].receive({ kind: "offer", sdp: "broken" });
  await settle();
  await service.deliver();
  expect([agree(), one.connection.signalingState]).toEqual([true, "stable"]);
});

test("if neither side has anything to negotiate, both are notified", async () => {
  const errors: string[] = [];
  for (const link of [one, other]) link.on("error", ({ reason }) => errors.push(reason));
  await service.clock.advance(5_000);
  expect(errors).toEqual(["NOTHING_TO_NEGOTIATE", "NOTHING_TO_NEGOTIATE"]);
});

test("the polite side offers at once if only it has something to negotiate", async () => {
  other.createDataChannel("chat");
  await service.clock.advance(100);
  expect(fake(other).offers).toBe(1);
});
