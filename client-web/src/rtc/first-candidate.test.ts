import { beforeEach, expect, test } from "vitest";
import type { FakeConnection } from "../testing/fake-connection.ts";
import { FakeService } from "../testing/fake-service.ts";
import { SettlingClock, settle } from "../testing/settling-clock.ts";
import type { PeerLink } from "./peer-link.ts";
import type { Room } from "./room.ts";
import { roomSide } from "./room-side.ts";

let service: FakeService;
let first: Room;
/** The one that came later, and so polite. */
let second: Room;

beforeEach(async () => {
  service = new FakeService(new SettlingClock());
  first = await service.join("a");
  second = await service.join("b");
});

const fake = (link: PeerLink) => link.connection as unknown as FakeConnection;

/** Whether each side holds what the other side has described. */
function agree(one: PeerLink, other: PeerLink): boolean {
  const [mine, theirs] = [fake(one), fake(other)];
  return (
    mine.localDescription?.type === "offer" &&
    mine.localDescription.sdp === theirs.remoteDescription?.sdp &&
    theirs.localDescription?.sdp === mine.remoteDescription?.sdp
  );
}

/** Both offer at once; the polite side has found no candidate when it hears of the other's offer. */
async function glareWhileGathering(): Promise<[PeerLink, PeerLink]> {
  const one = first.connect("b");
  const other = second.connect("a", { offerAfterMs: 0 });
  fake(other).iceGatheringState = "gathering";
  one.createDataChannel("chat");
  other.createDataChannel("chat");
  await settle();
  await service.deliver();
  expect([fake(other).signalingState, fake(other).offers]).toEqual(["have-local-offer", 1]);
  return [one, other];
}

test("an offer is taken back only once a candidate was found for it", async () => {
  const [one, other] = await glareWhileGathering();
  fake(other).gather("1");
  await service.deliver();
  expect(agree(one, other)).toBe(true);
});

test("an offer for which no candidate is found is taken back after a second", async () => {
  const [one, other] = await glareWhileGathering();
  await service.clock.advance(1_000);
  await service.deliver();
  expect(agree(one, other)).toBe(true);
});

test("a link that is closed while it waits for a candidate waits no longer", async () => {
  const [one, other] = await glareWhileGathering();
  const errors: string[] = [];
  other.on("error", ({ reason }) => errors.push(reason));
  const pending = service.clock.pending;
  other[roomSide].end("closed");
  // That wait, and the one for something to negotiate.
  expect(service.clock.pending).toBe(pending - 2);
  await service.deliver();
  expect([one.closed, errors]).toEqual([false, []]);
});
