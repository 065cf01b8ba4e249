import { Reason } from "@parley/contract";
import { expect, it } from "vitest";
import type { PeerId, RoomName } from "../names.ts";
import type { Failure } from "../switchboard.ts";
import type { RedisNode } from "./redis-node.ts";
import { RedisSeat } from "./redis-seat.ts";
import type { Standing } from "./session-store.ts";

const epoch = 1;

/** A seat that knows of 4 numbers accepted, on a node that only takes it back. */
function openSeat() {
  const lost: (Failure | undefined)[] = [];
  const node = { store: { abandon: async () => {} }, forget: () => {} } as unknown as RedisNode;
  const recipient = {
    deliver: () => true,
    accepted: () => {},
    lost: (cause: Failure | undefined) => lost.push(cause),
  };
  const seat = new RedisSeat(node, recipient, {
    room: "room" as RoomName,
    sessionId: "0123456789abcdef",
    epoch,
    self: { peerId: "a" as PeerId, metadata: {}, joinedAt: 0 },
    accepted: 4,
    lastSeq: 0,
  });
  return { seat, lost };
}

function standing(accepted: number): Standing {
  return { kind: "there", node: "n", epoch, last: 0, accepted };
}

it("goes on when a publication overtakes the answer to what the storage holds", async () => {
  const { seat, lost } = openSeat();
  await seat.compare(async () => {
    const answer = standing(4);
    seat.take({ kind: "accepted", sessionId: seat.sessionId, epoch, seq: 5 });
    return answer;
  });
  expect(seat.accepted).toBe(5);
  expect(lost).toEqual([]);
});

it("says so when the storage holds less than was known before", async () => {
  const { seat, lost } = openSeat();
  await seat.compare(async () => standing(3));
  expect(lost.map((cause) => cause?.reason)).toEqual([Reason.SESSION_LOST]);
});
