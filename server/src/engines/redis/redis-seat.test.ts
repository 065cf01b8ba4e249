import { Reason } from "@parley/contract";
import { expect, it, vi } from "vitest";
import type { Failure } from "../../switchboard/failure.ts";
import type { PeerId, RoomName } from "../../switchboard/names.ts";
import type { MailboxEntry } from "../../switchboard/switchboard.ts";
import { relayedMark } from "./control-entry.ts";
import type { StoredEntry, Undelivered } from "./node-channel.ts";
import { RedisSeat, type SeatHost } from "./redis-seat.ts";
import { RoomView } from "./room-view.ts";
import type { Standing } from "./stored-session.ts";

const epoch = 1;

/** A seat that knows of 4 numbers accepted, on a node that only takes it back and has these entries for it. */
function openSeat(entries: readonly StoredEntry[] = []) {
  const lost: (Failure | undefined)[] = [];
  const heard: string[] = [];
  const fetched = { kind: "entries", acked: 0, last: entries.length, entries };
  const store = { abandon: async () => {}, fetch: async () => fetched };
  const node = { store, forget: () => {} } as unknown as SeatHost;
  const listener = {
    deliver: ({ seq }: MailboxEntry) => {
      heard.push(`entry ${seq}`);
      return true;
    },
    accepted: (seq: number) => heard.push(`accepted ${seq}`),
    rosterChanged: () => {},
    mailboxFull: () => {},
    heard: () => {},
    noted: () => {},
    gone: false,
    lost: (cause: Failure | undefined) => lost.push(cause),
  };
  const seat = new RedisSeat(node, listener, {
    room: "room" as RoomName,
    view: new RoomView(),
    sessionId: "0123456789abcdef",
    epoch,
    self: { peerId: "a" as PeerId, metadata: {}, trusted: {}, joinedAt: 0, session: 1 },
    accepted: 4,
    undelivered: new Map(),
    cursor: 0,
  });
  return { seat, lost, heard };
}

function standing(accepted: number, last = 0, undelivered: Undelivered = new Map()): Standing {
  return { kind: "there", node: "n", epoch, last, accepted, undelivered, rosterVersion: 0 };
}

it("goes on when a publication overtakes the answer to what the storage holds", async () => {
  const { seat, lost } = openSeat();
  await seat.compare(async () => {
    const answer = standing(4);
    seat.take({ kind: "accepted", sessionId: seat.sessionId, epoch, seq: 5, undelivered: new Map() });
    return answer;
  });
  expect(seat.accepted).toBe(5);
  expect(lost).toEqual([]);
});

it("acknowledges what was accepted and not published, but nothing before its rejection is delivered", async () => {
  const entries = [1, 2].map((seq) => ({ seq, stored: Buffer.from([relayedMark]) }));
  const { seat, heard } = openSeat(entries);
  await seat.compare(async () => standing(6, 2, new Map([[2, 6]])));
  expect(heard).toEqual(["accepted 5"]);
  seat.pull();
  await vi.waitFor(() => expect(heard).toEqual(["accepted 5", "entry 1", "entry 2", "accepted 6"]));
});

it("says so when the storage holds less than was known before", async () => {
  const { seat, lost } = openSeat();
  await seat.compare(async () => standing(3));
  expect(lost.map((cause) => cause?.reason)).toEqual([Reason.SESSION_LOST]);
});
