import { expect, test } from "vitest";
import { newWatcherName } from "../../switchboard/lobby.ts";
import type { PeerId } from "../../switchboard/names.ts";
import type { Member } from "../../switchboard/roster.ts";
import { encodeLobbyEntry, LobbyRoster } from "./lobby-room.ts";

/** A client that came at this time; its metadata count how often they are read. */
function memberOf(session: number, reads: { count: number }, admitted = false): Member {
  const entry = encodeLobbyEntry({ metadata: { color: `${session}` }, admitted });
  const metadata = { ...entry };
  Object.defineProperty(metadata, "metadata", {
    enumerable: true,
    get: () => {
      reads.count++;
      return entry["metadata"];
    },
  });
  return { peerId: `peer-${session}` as PeerId, session, joinedAt: session, metadata, trusted: {} };
}

test("the place of a client in a lobby is found without a look at metadata, after each change", () => {
  const reads = { count: 0 };
  const roster = new LobbyRoster([3, 1, 2].map((session) => memberOf(session, reads)));
  expect([1, 2, 3, 4].map((session) => roster.placeOf(session))).toEqual([1, 2, 3, 0]);
  roster.apply({ kind: "left", session: 1, encoded: new Uint8Array(0) });
  expect([1, 2, 3].map((session) => roster.placeOf(session))).toEqual([0, 1, 2]);
  expect(reads.count).toBe(0);
  expect(roster.waiting.map(({ metadata }) => metadata)).toEqual([{ color: "2" }, { color: "3" }]);
});

test("those who watch, and those who were let in, take no place in the queue", () => {
  const reads = { count: 0 };
  const watcher = { ...memberOf(1, reads), peerId: newWatcherName() };
  const roster = new LobbyRoster([watcher, memberOf(2, reads, true), memberOf(3, reads)]);
  expect([1, 2, 3].map((session) => roster.placeOf(session))).toEqual([0, 0, 1]);
});
