import { describe, expect, test } from "vitest";
import type { Open } from "./bench.ts";
import { join, joinRequest, refusal, submit, tryJoin } from "./peer.ts";

/** A join is idempotent by its nonce: a client that missed its `Welcome` asks again. */
export function repeatedJoinsSuite(open: Open): void {
  describe("repeated joins", () => {
    test("a repeated join is the same session, with the same token, and nobody hears of it", async () => {
      const { node, otherNode, until, settle } = await open();
      const nonce = Buffer.alloc(16, 7);
      const a = await join(node, "room", "a");
      const b = await join(node, "room", "b", { nonce, metadata: { x: "1", y: "2" } });
      const again = await join(otherNode, "room", "b", { nonce, metadata: { y: "2", x: "1" } });
      await until(() => b.listener.isLost, "the first stream is replaced");
      expect(b.listener.causeName).toBe("SESSION_REPLACED");
      expect(again.attached.resumed).toBe(true);
      expect(again.seat.self).toEqual(b.seat.self);
      expect(again.token).toBe(b.token);
      await settle();
      expect(a.listener.told).toEqual(["joined b"]);
      expect(refusal(await submit(node, b.token, []))).toBe("ok");
      expect(refusal(await submit(node, again.token, []))).toBe("ok");
    });

    test("a repeated join of a peer without a name keeps the name it got", async () => {
      const { node, otherNode } = await open();
      const nonce = Buffer.alloc(16, 8);
      const a = await join(node, "room", undefined, { nonce });
      const again = await join(otherNode, "room", undefined, { nonce });
      expect(again.name).toBe(a.name);
    });

    test("a repeated join gets from the start what came meanwhile", async () => {
      const { node, until } = await open();
      const nonce = Buffer.alloc(16, 9);
      const a = await join(node, "room", "a", { nonce });
      const b = await join(node, "room", "b");
      b.send("a", "n1");
      await until(() => a.listener.entries.length === 1, "a has it");
      const again = await join(node, "room", "a", { nonce });
      await until(() => again.listener.entries.length === 1, "a has it again");
      expect(again.listener.seqs).toEqual([1]);
      expect(again.attached.roster).toEqual([b.seat.self]);
    });

    test("a repeated join goes on behind what its client has acknowledged", async () => {
      const { node, otherNode, until } = await open();
      const nonce = Buffer.alloc(16, 9);
      const a = await join(node, "room", "a", { nonce });
      const b = await join(node, "room", "b");
      for (let i = 1; i <= 3; i++) b.send("a", `n${i}`);
      await until(() => a.listener.entries.length === 3, "a has all");
      await submit(node, a.token, [], 2);
      const again = await join(otherNode, "room", "a", { nonce });
      await until(() => again.listener.entries.length === 1, "a has the last again");
      expect(again.listener.seqs).toEqual([3]);
    });

    test("a nonce cannot be used for another join", async () => {
      const { node, otherNode, settle } = await open();
      const nonce = Buffer.alloc(16, 10);
      const a = await join(node, "room", "a", { nonce, metadata: { color: "red" } });
      const differently = joinRequest("room", "a", { nonce, metadata: { color: "blue" } });
      expect(refusal(await tryJoin(otherNode, differently))).toBe("NONCE_REUSED");
      expect(refusal(await tryJoin(node, joinRequest("room", "b", { nonce })))).toBe("NONCE_REUSED");
      await settle();
      expect(a.listener.isLost).toBe(false);
    });

    test("the same nonce in another room is another session", async () => {
      const { node } = await open();
      const nonce = Buffer.alloc(16, 11);
      const a = await join(node, "room", "a", { nonce });
      const b = await join(node, "other", "a", { nonce });
      expect(b.attached.resumed).toBe(false);
      expect(a.listener.isLost).toBe(false);
    });

    test("joins without a nonce are never the same", async () => {
      const { node } = await open();
      const nonce = new Uint8Array(0);
      const a = await join(node, "room", undefined, { nonce });
      const b = await join(node, "room", undefined, { nonce });
      expect(b.name).not.toBe(a.name);
    });
  });
}
