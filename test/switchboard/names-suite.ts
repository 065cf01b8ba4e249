import { describe, expect, test } from "vitest";
import type { Open } from "./bench.ts";
import { join, joinRequest, refusal, resume, tryJoin, tryResume } from "./peer.ts";

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

    test("the name of a peer that is away stays reserved until its window is over", async () => {
      const { node, otherNode, until, settle } = await open({ resumeWindowMs: 400 });
      const witness = await join(node, "room", "witness");
      const a = await join(node, "room", "a");
      a.seat.detach();
      await settle();
      const outcome = await tryJoin(otherNode, joinRequest("room", "a"));
      expect(refusal(outcome)).toBe("PEER_ID_TAKEN");
      const retryAfterMs = outcome.ok ? 0 : (outcome.failure.retryAfterMs ?? 0);
      expect(retryAfterMs).toBeGreaterThan(0);
      expect(retryAfterMs).toBeLessThanOrEqual(400);
      expect((await resume(node, a.token, 0)).attached.resumed).toBe(true);
      const back = await resume(node, a.token, 0);
      back.seat.detach();
      await until(() => witness.listener.told.includes("left a EXPIRED"), "its window is over");
      expect(refusal(await tryJoin(otherNode, joinRequest("room", "a")))).toBe("ok");
    });

    for (const away of [true, false]) {
      test(`the former nonce takes the name of a peer that is ${away ? "away" : "connected"}`, async () => {
        const { node, otherNode, until, settle } = await open();
        const nonce = Buffer.alloc(16, 1);
        const witness = await join(node, "room", "witness");
        const a = await join(node, "room", "a", { nonce });
        witness.send("a", "n1");
        await until(() => a.listener.entries.length === 1, "it is there");
        if (away) a.seat.detach();
        await settle();
        const next = await join(otherNode, "room", "a", { formerNonce: nonce });
        expect(next.attached).toMatchObject({ resumed: false, accepted: 0 });
        expect(next.seat.self.session).toBe(3);
        await until(() => witness.listener.told.length === 3, "the witness hears of both");
        expect(witness.listener.told).toEqual(["joined a", "left a REPLACED", "joined a"]);
        if (!away) {
          await until(() => a.listener.isLost, "the old stream is lost");
          expect(a.listener.causeName).toBe("PEER_REPLACED");
        }
        expect(refusal(await tryResume(node, a.token, 0))).toBe("PEER_REPLACED");
        witness.send("a", "n2");
        await until(() => next.listener.entries.length === 1, "the new session begins at 1");
        expect(next.listener.seqs).toEqual([1]);
      });
    }

    test("neither another nonce, nor that of another name or room, takes a name", async () => {
      const { node, otherNode, settle } = await open();
      const nonceOf = (value: number) => Buffer.alloc(16, value);
      const a = await join(node, "room", "a", { nonce: nonceOf(1) });
      await join(node, "room", "b", { nonce: nonceOf(2) });
      await join(node, "other", "a", { nonce: nonceOf(3) });
      for (const formerNonce of [nonceOf(2), nonceOf(3), nonceOf(4), new Uint8Array(0)]) {
        const request = joinRequest("room", "a", { formerNonce });
        expect(refusal(await tryJoin(otherNode, request))).toBe("PEER_ID_TAKEN");
      }
      await settle();
      expect(a.listener.isLost).toBe(false);
    });

    test("a former nonce of no session has no effect", async () => {
      const { node } = await open();
      const a = await join(node, "room", "a", { formerNonce: Buffer.alloc(16, 9) });
      expect(a.attached.resumed).toBe(false);
    });

    test("a join with a former nonce can be repeated", async () => {
      const { node, otherNode } = await open();
      const former = Buffer.alloc(16, 1);
      await join(node, "room", "a", { nonce: former });
      const again = { formerNonce: former, nonce: Buffer.alloc(16, 2) };
      const first = await join(node, "room", "a", again);
      const second = await join(otherNode, "room", "a", again);
      expect(second.attached.resumed).toBe(true);
      expect(second.seat.self).toEqual(first.seat.self);
    });

    test("one that joined without a nonce loses its name while it is away, and keeps it while it is there", async () => {
      const { node, otherNode, until, settle } = await open();
      const witness = await join(node, "room", "witness");
      const a = await join(node, "room", "a", { nonce: new Uint8Array(0) });
      expect(refusal(await tryJoin(otherNode, joinRequest("room", "a")))).toBe("PEER_ID_TAKEN");
      a.seat.detach();
      await settle();
      const next = await join(otherNode, "room", "a");
      expect(next.attached.resumed).toBe(false);
      await until(() => witness.listener.told.length === 3, "the witness hears of both");
      expect(witness.listener.told).toEqual(["joined a", "left a REPLACED", "joined a"]);
      expect(refusal(await tryResume(node, a.token, 0))).toBe("PEER_REPLACED");
    });

    test("the only member of a room that takes its own name back still has another number", async () => {
      const { node } = await open();
      const nonce = Buffer.alloc(16, 1);
      await join(node, "room", "a", { nonce });
      const next = await join(node, "room", "a", { formerNonce: nonce });
      expect(next.seat.self.session).toBe(2);
      expect(next.attached.roster).toEqual([]);
    });

    test("where the policy says so, a newcomer takes the name of a connected peer", async () => {
      const { node, otherNode, until } = await open({ duplicatePeerId: "replace" });
      const witness = await join(node, "room", "witness");
      const a = await join(node, "room", "a");
      const next = await join(otherNode, "room", "a");
      await until(() => a.listener.isLost, "the older one is notified");
      expect(a.listener.causeName).toBe("PEER_REPLACED");
      expect(next.seat.self.joinedAt).toBeGreaterThan(a.seat.self.joinedAt);
      await until(() => witness.listener.told.length === 3, "the witness hears of both");
      expect(witness.listener.told).toEqual(["joined a", "left a REPLACED", "joined a"]);
    });

    test("a full room takes no more peers until one leaves", async () => {
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
