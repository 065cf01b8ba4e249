import { describe, expect, test } from "vitest";
import type { MemberEntry, RoomEntry } from "../../server/src/switchboard/directory.ts";
import { lobbyOf } from "../../server/src/switchboard/lobby.ts";
import type { PeerId, RoomName } from "../../server/src/switchboard/names.ts";
import type { Switchboard } from "../../server/src/switchboard/switchboard.ts";
import type { Open } from "./bench.ts";
import { join, update } from "./peer.ts";

const room = "room" as RoomName;

/** All pages of the list of rooms. */
async function allRooms({ directory }: Switchboard, size: number): Promise<RoomEntry[]> {
  const found: RoomEntry[] = [];
  let after: string | undefined;
  do {
    const page = await directory.rooms({ size, after });
    found.push(...page.rooms);
    after = page.next;
  } while (after !== undefined);
  return found.sort((one, other) => (one.room < other.room ? -1 : 1));
}

/** What an operator sees and does, from any node. */
export function directorySuite(open: Open): void {
  describe("the directory", () => {
    test("lists every room that has members, page by page", async () => {
      const { node, otherNode, until } = await open({ resumeWindowMs: 300 });
      expect(await allRooms(node, 2)).toEqual([]);
      for (let i = 0; i < 300; i++) await join(i % 2 === 0 ? node : otherNode, `room${i}`, "a");
      const b = await join(node, "room7", "b");
      for (const size of [1, 7, 1000]) {
        const found = await allRooms(otherNode, size);
        expect(new Set(found.map((entry) => entry.room)).size).toBe(300);
        expect(found.filter(({ members }) => members !== 1)).toEqual([{ room: "room7", members: 2 }]);
      }
      b.seat.submit({ kind: "leave", seq: 1 });
      await until(() => b.listener.isLost, "b has left");
      expect((await allRooms(node, 50)).every(({ members }) => members === 1)).toBe(true);
    }, 60_000);

    test("does not list a room whose last member has left, and lists it again with the next one", async () => {
      const { node, otherNode, until } = await open();
      const a = await join(node, "room", "a");
      await join(node, "other", "b");
      a.seat.submit({ kind: "leave", seq: 1 });
      await until(() => a.listener.isLost, "a has left");
      expect(await allRooms(otherNode, 10)).toEqual([{ room: "other", members: 1 }]);
      await join(otherNode, "room", "a");
      expect((await allRooms(node, 1)).map((entry) => entry.room)).toEqual(["other", "room"]);
    });

    test("does not list the lobby of a room", async () => {
      const { node, otherNode } = await open();
      await join(node, room, "a");
      await join(node, lobbyOf(room), "b");
      expect(await allRooms(otherNode, 10)).toEqual([{ room: "room", members: 1 }]);
    });

    test("lists the members of a room in the order in which they joined, and whether they have a stream", async () => {
      const { node, otherNode, settle } = await open();
      expect(await node.directory.members(room)).toEqual([]);
      const b = await join(node, "room", "b", { metadata: { name: "Ben" } });
      await join(otherNode, "room", "a");
      b.seat.detach();
      await settle();
      const members = await otherNode.directory.members(room);
      expect(members).toMatchObject([
        { peerId: "b", metadata: { name: "Ben" }, session: 1, attached: false },
        { peerId: "a", metadata: {}, session: 2, attached: true },
      ]);
    });

    test("ends one session, or those of a whole room", async () => {
      const { node, otherNode, until } = await open();
      const peers = [await join(node, "room", "a"), await join(node, "room", "b")];
      peers.push(await join(otherNode, "room", "c"));
      expect(await otherNode.directory.end(room, "a" as PeerId, "removed")).toBe(1);
      await until(() => peers[0]?.listener.isLost === true, "a is removed");
      expect(peers.map(({ listener }) => listener.causeName)).toEqual(["PEER_REMOVED", undefined, undefined]);
      expect(await node.directory.end(room, "a" as PeerId, "removed")).toBe(0);
      expect(await node.directory.end(room, undefined, "removed")).toBe(2);
      await until(() => peers.every(({ listener }) => listener.isLost), "all are removed");
      expect(await node.directory.members(room)).toEqual([]);
    });

    test("reports the members of a room that is watched: at once, and after each change", async () => {
      const { node, otherNode, until, settle } = await open({ resumeWindowMs: 5000 });
      const seen: (readonly MemberEntry[])[] = [];
      const stop = node.directory.watch(room, (members) => seen.push(members));
      const names = () => seen.at(-1)?.map(({ peerId, attached }) => `${peerId}${attached ? "" : " (away)"}`);
      await until(() => names() !== undefined, "the first report");
      expect(names()).toEqual([]);
      const a = await join(otherNode, "room", "a");
      await until(() => names()?.join() === "a", "a has joined");
      a.seat.submit(update(1, { name: "Ada" }));
      await until(() => seen.at(-1)?.[0]?.metadata["name"] === "Ada", "a has a name");
      a.seat.detach();
      await until(() => names()?.join() === "a (away)", "a is away");
      await until(() => names()?.length === 0, "the window of a is over");
      stop();
      const reports = seen.length;
      expect(reports).toBe(5);
      await join(node, "room", "b");
      await settle();
      expect(seen).toHaveLength(reports);
    });
  });
}
