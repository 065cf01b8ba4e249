import { Reason } from "@parley/contract";
import { describe, expect, test } from "vitest";
import type { Open } from "./bench.ts";
import { join, joinRequest, refusal, resume, submit, tryJoin, update } from "./peer.ts";

/** Peers that change what they publish about themselves. */
export function updatingSuite(open: Open): void {
  describe("updating", () => {
    test("the others see new metadata, the peer itself and later newcomers too", async () => {
      const { node, otherNode, until, settle } = await open();
      const a = await join(node, "room", "a");
      const b = await join(otherNode, "room", "b", { metadata: { color: "red" } });
      b.seat.submit(update(1, { muted: "yes" }));
      await until(() => a.listener.told.length === 2 && b.listener.acceptedSeq === 1, "a sees it");
      await settle();
      expect(a.listener.told).toEqual(["joined b", "updated b"]);
      expect(a.listener.changes[1]).toMatchObject({
        kind: "updated",
        member: { ...b.seat.self, metadata: { muted: "yes" } },
      });
      expect(b.listener.told).toEqual([]);
      const c = await join(node, "room", "c");
      expect(c.attached.roster[1]?.metadata).toEqual({ muted: "yes" });
      const back = await resume(node, b.token, 0);
      expect(back.seat.self.metadata).toEqual({ muted: "yes" });
    });

    test("an update is numbered like a signal, and a repeated one changes nothing", async () => {
      const { node, otherNode, until, settle } = await open();
      const a = await join(node, "room", "a");
      const b = await join(otherNode, "room", "b");
      const batch = [update(1, { n: "1" }), update(2, { n: "2" })];
      expect(await submit(node, b.token, batch)).toMatchObject({ accepted: 2, rejected: [] });
      expect(await submit(otherNode, b.token, batch)).toMatchObject({ accepted: 2, rejected: [] });
      await until(() => a.listener.told.length === 3, "a sees both");
      await settle();
      expect(a.listener.told).toEqual(["joined b", "updated b", "updated b"]);
    });

    test("more updates than a second allows are rejected, and others are allowed later", async () => {
      const { node, otherNode, until } = await open({ updatesPerSecond: 3 });
      const a = await join(node, "room", "a");
      const b = await join(otherNode, "room", "b");
      const outcome = await submit(
        node,
        b.token,
        [1, 2, 3, 4, 5].map((seq) => update(seq, { n: `${seq}` })),
      );
      if (!outcome.ok) throw new Error(outcome.failure.message);
      expect(outcome.rejected).toMatchObject([
        { seq: 4, reason: Reason.RATE_LIMITED },
        { seq: 5, reason: Reason.RATE_LIMITED },
      ]);
      const [first] = outcome.rejected;
      expect(first?.retryAfterMs).toBeGreaterThan(0);
      expect(first?.retryAfterMs).toBeLessThanOrEqual(334);
      let seq = 6;
      await until(() => {
        b.seat.submit(update(seq++, { n: "later" }));
        return a.listener.changes.some(
          (change) => change.kind === "updated" && change.member.metadata["n"] === "later",
        );
      }, "another one is allowed");
    });

    test("the metadata of a room is bounded, at joins and at updates", async () => {
      const { node, otherNode, until } = await open({ roomMetadataBytes: 100 });
      const a = await join(node, "room", "a", { metadata: { k: "x".repeat(49) } });
      const b = await join(otherNode, "room", "b", { metadata: { k: "x".repeat(39) } });
      const large = joinRequest("room", "c", { metadata: { k: "x".repeat(10) } });
      expect(refusal(await tryJoin(node, large))).toBe("ROOM_FULL");
      const c = await join(node, "room", "c", { metadata: { k: "x".repeat(9) } });
      const grown = await submit(node, c.token, [update(1, { k: "x".repeat(10) })]);
      expect(grown.ok && grown.rejected).toMatchObject([{ seq: 1, reason: Reason.ROOM_FULL }]);
      b.seat.submit({ kind: "leave", seq: 1 });
      await until(() => a.listener.told.includes("left b LEFT"), "b is gone");
      const fits = await submit(node, c.token, [update(2, { k: "x".repeat(49) })]);
      expect(fits).toMatchObject({ ok: true, rejected: [] });
    });

    test("a join is recognized as repeated although its metadata has changed since", async () => {
      const { node, otherNode } = await open();
      const nonce = Buffer.alloc(16, 3);
      const a = await join(node, "room", "a", { nonce, metadata: { color: "red" } });
      await submit(node, a.token, [update(1, { color: "blue" })]);
      const again = await join(otherNode, "room", "a", { nonce, metadata: { color: "red" } });
      expect(again.attached).toMatchObject({ resumed: true, accepted: 1 });
      expect(again.seat.self.metadata).toEqual({ color: "blue" });
      const blue = joinRequest("room", "a", { nonce, metadata: { color: "blue" } });
      expect(refusal(await tryJoin(node, blue))).toBe("NONCE_REUSED");
    });
  });
}
