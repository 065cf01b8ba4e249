import { describe, expect, test } from "vitest";
import type { Open } from "./bench.ts";
import { join, joinRequest, refusal, resume, tryJoin, tryResume } from "./peer.ts";

/** Tries of one client that arrive in another order than they were made. */
export function attemptsSuite(open: Open): void {
  describe("attempts", () => {
    test("an older resume that arrives late displaces nothing and ends nothing", async () => {
      const { node, otherNode, until, settle } = await open();
      const a = await join(node, "room", "a");
      const b = await join(node, "room", "b", { attempt: 1 });
      const newer = await resume(otherNode, b.token, 0, { attempt: 3 });
      await until(() => b.listener.isLost, "the newer one has the session");
      for (let i = 1; i <= 3; i++) a.send("b", `n${i}`);
      await until(() => newer.listener.entries.length === 3, "it has all");
      newer.seat.acknowledge(3);
      await settle();
      // From behind what was acknowledged, from where it stands, and from beyond.
      for (const lastSeq of [0, 3, 9]) {
        expect(refusal(await tryResume(node, b.token, lastSeq, { attempt: 2 }))).toBe("SESSION_REPLACED");
      }
      await settle();
      expect(newer.listener.isLost).toBe(false);
      a.send("b", "n4");
      await until(() => newer.listener.entries.length === 4, "it is still served");
      expect(a.listener.told).toEqual(["joined b"]);
    });

    test("an older resume does not keep a newer one from taking a session that is away", async () => {
      const { node, otherNode, settle } = await open();
      const b = await join(node, "room", "b", { attempt: 1 });
      const second = await resume(otherNode, b.token, 0, { attempt: 4 });
      second.seat.detach();
      await settle();
      expect(refusal(await tryResume(node, b.token, 0, { attempt: 3 }))).toBe("SESSION_REPLACED");
      expect((await resume(node, b.token, 0, { attempt: 5 })).attached.resumed).toBe(true);
    });

    test("the same attempt may arrive twice, and one that counts nothing is served in the order of arrival", async () => {
      const { node, otherNode, until } = await open();
      const b = await join(node, "room", "b", { attempt: 1 });
      const second = await resume(otherNode, b.token, 0, { attempt: 2 });
      const again = await resume(node, b.token, 0, { attempt: 2 });
      await until(() => second.listener.isLost, "the later one has the session");
      const uncounted = await resume(otherNode, b.token, 0);
      await until(() => again.listener.isLost, "the one that counts nothing has the session");
      expect(refusal(await tryResume(node, b.token, 0, { attempt: 1 }))).toBe("SESSION_REPLACED");
      expect(uncounted.listener.isLost).toBe(false);
    });

    test("a join that is repeated late does not displace the resume that followed it", async () => {
      const { node, otherNode, until, settle } = await open();
      const nonce = Buffer.alloc(16, 5);
      const a = await join(node, "room", "a");
      const b = await join(node, "room", "b", { nonce, attempt: 2 });
      const newer = await resume(node, b.token, 0, { attempt: 3 });
      const late = joinRequest("room", "b", { nonce, attempt: 1 });
      expect(refusal(await tryJoin(otherNode, late))).toBe("SESSION_REPLACED");
      await settle();
      a.send("b", "n1");
      await until(() => newer.listener.entries.length === 1, "the resume is still served");
      expect(newer.listener.isLost).toBe(false);
    });

    test("however often a join is repeated, every token that was given out is valid", async () => {
      const { node, otherNode } = await open();
      const nonce = Buffer.alloc(16, 6);
      const tokens: string[] = [];
      for (let attempt = 1; attempt <= 5; attempt++) {
        const peer = await join(attempt % 2 ? node : otherNode, "room", "a", { nonce, attempt });
        tokens.push(peer.token);
      }
      for (const token of tokens) expect(refusal(await tryResume(node, token, 0))).toBe("ok");
    });
  });
}
