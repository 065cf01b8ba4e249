import { describe, expect, test } from "vitest";
import { join, joinRequest, refusal, resume, tryJoin, tryResume } from "./peer.ts";
import type { Open } from "./switchboard-suite.ts";

/** Who may come in, and under which name. */
export function namesSuite(open: Open): void {
  describe("names and places", () => {
    test("the name of a connected peer is taken", async () => {
      const { node, otherNode, settle } = await open({ duplicatePeerId: "reject" });
      const a = await join(node, "room", "a");
      const outcome = await tryJoin(otherNode, joinRequest("room", "a"));
      expect(refusal(outcome)).toBe("PEER_ID_TAKEN");
      await settle();
      expect(a.listener.isLost).toBe(false);
    });

    test("the name of a disconnected peer is free, and those who stay hear of both", async () => {
      const { node, otherNode, until, settle } = await open({ duplicatePeerId: "reject" });
      const witness = await join(node, "room", "witness");
      const a = await join(node, "room", "a");
      a.seat.detach();
      await settle();
      const next = await join(otherNode, "room", "a");
      expect(next.attached.resumed).toBe(false);
      expect(next.attached.roster.map(({ peerId }) => peerId)).toEqual(["witness"]);
      await until(() => witness.listener.entries.length === 3, "the witness hears of both");
      expect(witness.listener.told).toEqual(["joined a", "left a REPLACED", "joined a"]);
      expect(refusal(await tryResume(node, a.token, 0))).toBe("SESSION_NOT_FOUND");
    });

    test("where the policy says so, a newcomer takes the name of a connected peer", async () => {
      const { node, otherNode, until } = await open({ duplicatePeerId: "replace" });
      const witness = await join(node, "room", "witness");
      const a = await join(node, "room", "a");
      const next = await join(otherNode, "room", "a");
      await until(() => a.listener.isLost, "the older one is told");
      expect(a.listener.causeName).toBe("PEER_REPLACED");
      expect(next.seat.self.joinedAt).toBeGreaterThan(a.seat.self.joinedAt);
      await until(() => witness.listener.entries.length === 3, "the witness hears of both");
      expect(witness.listener.told).toEqual(["joined a", "left a REPLACED", "joined a"]);
    });

    test("a full room takes nobody more until somebody leaves", async () => {
      const { node, otherNode, until } = await open({ roomPeers: 2 });
      await join(node, "room", "a");
      const b = await join(otherNode, "room", "b");
      expect(refusal(await tryJoin(node, joinRequest("room", "c")))).toBe("ROOM_FULL");
      expect(refusal(await tryJoin(node, joinRequest("other", "c")))).toBe("ok");
      b.seat.submit({ kind: "leave", seq: 1 });
      await until(() => b.listener.isLost, "b is gone");
      expect(refusal(await tryJoin(node, joinRequest("room", "c")))).toBe("ok");
    });

    test("a full room still lets its own come back, and one take another's place", async () => {
      const { node, otherNode } = await open({ roomPeers: 2, duplicatePeerId: "replace" });
      const nonce = Buffer.alloc(16, 1);
      const a = await join(node, "room", "a", { nonce });
      await join(node, "room", "b");
      expect((await join(otherNode, "room", "a", { nonce })).attached.resumed).toBe(true);
      expect((await resume(node, a.token, 0)).name).toBe("a");
      expect((await join(otherNode, "room", "b")).name).toBe("b");
    });

    test("a full node takes nobody more", async () => {
      const { node } = await open({ nodePeers: 2 });
      await join(node, "room", "a");
      await join(node, "other", "b");
      expect(refusal(await tryJoin(node, joinRequest("third", "c")))).toBe("SERVER_FULL");
    });
  });
}
