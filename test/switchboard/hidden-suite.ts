import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { hiddenName } from "../../server/src/switchboard/hidden.ts";
import type { PeerId, RoomName } from "../../server/src/switchboard/names.ts";
import type { Open } from "./bench.ts";
import { join, joinRequest, refusal, resume, tryJoin, update } from "./peer.ts";

const room = "room" as RoomName;
const named = (name: string) => hiddenName(name as PeerId);

/** A hidden peer sees the others, and none of them sees it. */
export function hiddenSuite(open: Open): void {
  describe("a hidden peer", () => {
    test("sees who is there, comes, changes and goes, and nobody hears of it", async () => {
      const { node, otherNode, until, settle } = await open({ resumeWindowMs: 10_000 });
      const a = await join(node, "room", "a");
      const hidden = await join(otherNode, "room", named("eve"), { metadata: { x: "1" } });
      expect(hidden.attached.roster).toEqual([a.seat.self]);
      const b = await join(otherNode, "room", "b");
      expect(b.attached.roster).toEqual([a.seat.self]);
      hidden.seat.submit(update(1, { x: "2" }));
      b.seat.submit(update(1, { y: "1" }));
      await until(() => hidden.listener.told.includes("updated b"), "b has other metadata");
      b.seat.submit({ kind: "leave", seq: 2 });
      await until(() => hidden.listener.told.includes("left b LEFT"), "b has left");
      hidden.seat.detach();
      await settle();
      const back = await resume(node, hidden.token, 0);
      expect(back.attached).toMatchObject({ resumed: true, accepted: 1, roster: [a.seat.self] });
      expect(back.seat.self.metadata).toEqual({ x: "2" });
      back.seat.submit({ kind: "leave", seq: 2 });
      await until(() => back.listener.isLost, "the hidden peer has left");
      const late = await join(otherNode, "room", named("late"));
      late.seat.detach();
      await until(() => node.counts().sessions + otherNode.counts().sessions > 0, "a is there");
      await join(otherNode, "room", "c");
      await until(() => a.listener.told.includes("joined c"), "c is there");
      expect(hidden.listener.told).toEqual(["joined b", "updated b", "left b LEFT"]);
      expect(a.listener.told).toEqual(["joined b", "updated b", "left b LEFT", "joined c"]);
    });

    test("is no change of the roster, also for a node that sees the room for the first time", async () => {
      const { node, otherNode, settle } = await open();
      const first = await join(node, "room", named("eve"));
      expect(first.attached).toMatchObject({ roster: [], rosterUnchanged: false });
      expect(first.attached.rosterVersion).toBeGreaterThan(0);
      const a = await join(otherNode, "room", "a");
      expect(a.attached.roster).toEqual([]);
      const second = await join(otherNode, "room", named("late"));
      expect(second.attached.roster).toEqual([a.seat.self]);
      await settle();
      expect(first.listener.told).toEqual(["joined a"]);
      a.seat.detach();
      const back = await resume(node, a.token, 0, { rosterVersion: a.attached.rosterVersion });
      expect(back.attached).toMatchObject({ rosterUnchanged: true, roster: [] });
      first.seat.detach();
      const again = await resume(otherNode, first.token, 0, { rosterVersion: back.attached.rosterVersion });
      expect(again.attached.rosterUnchanged).toBe(true);
    });

    test("occupies no name of a visible peer, and is not there for one that signals this name", async () => {
      const { node, otherNode, until } = await open();
      const hidden = await join(node, "room", named("ada"));
      const grace = await join(otherNode, "room", "grace");
      grace.send("ada", "nobody");
      await until(() => grace.listener.entries.length === 1, "an answer");
      const ada = await join(otherNode, "room", "ada");
      grace.send("ada", "somebody");
      await until(() => ada.listener.entries.length === 1, "the signal");
      expect(grace.listener.mail).toEqual(["rejected 1 RECIPIENT_UNKNOWN"]);
      expect(hidden.listener.entries).toEqual([]);
      expect(refusal(await tryJoin(otherNode, joinRequest("room", named("ada"))))).toBe("PEER_ID_TAKEN");
    });

    test("takes no place of a visible peer, and has a limit of its own", async () => {
      const { node, otherNode } = await open({ roomPeers: 2 });
      for (const name of ["a", "b"]) await join(node, "room", named(name));
      await join(otherNode, "room", "a");
      await join(node, "room", "b");
      for (const name of ["c", named("c")]) {
        expect(await tryJoin(otherNode, joinRequest("room", name))).toMatchObject({
          ok: false,
          failure: { message: "the room holds 2 peers, and 2 are allowed" },
        });
      }
    });

    test("joins again by its nonce, and gets its own signals rejected as anyone", async () => {
      const { node, otherNode, until } = await open();
      const nonce = randomBytes(16);
      const first = await join(node, "room", named("eve"), { nonce });
      const again = await join(otherNode, "room", named("eve"), { nonce });
      expect(again.attached).toMatchObject({ resumed: true, token: first.token });
      await until(() => first.listener.isLost, "the older stream is lost");
      again.send("nobody", "n1");
      await until(() => again.listener.entries.length === 1, "the rejection");
      expect(again.listener.mail).toEqual(["rejected 1 RECIPIENT_UNKNOWN"]);
    });

    test("is seen by an operator, who ends it by its name", async () => {
      const { node, otherNode, until } = await open();
      const hidden = await join(node, "room", named("ada"));
      const ada = await join(otherNode, "room", "ada");
      expect(await otherNode.directory.members(room)).toMatchObject([
        { peerId: "ada", hidden: true, attached: true },
        { peerId: "ada", hidden: false, attached: true },
      ]);
      expect(await otherNode.directory.end(room, "ada" as PeerId, "removed")).toBe(2);
      await until(() => hidden.listener.isLost && ada.listener.isLost, "both are removed");
      expect(hidden.listener.causeName).toBe("PEER_REMOVED");
      expect(await node.directory.members(room)).toEqual([]);
    });

    test("counts as a session, and keeps its room", async () => {
      const { node, until } = await open();
      const hidden = await join(node, "room", named("eve"));
      expect(node.counts()).toEqual({ rooms: 1, sessions: 1, attached: 1, waiting: 0 });
      hidden.seat.submit({ kind: "leave", seq: 1 });
      await until(() => node.counts().rooms === 0, "the room is empty");
      expect(node.counts()).toEqual({ rooms: 0, sessions: 0, attached: 0, waiting: 0 });
    });
  });
}
