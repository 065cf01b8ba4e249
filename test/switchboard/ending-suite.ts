import { describe, expect, test } from "vitest";
import type { Open } from "./bench.ts";
import { join, refusal, rejectable, submit, tryResume } from "./peer.ts";

/** Why a session ended, as its client learns it whichever way it asks. */
export function endingSuite(open: Open): void {
  describe("ended sessions", () => {
    test("one who was replaced while connected learns it by its seat, a resume, and a batch", async () => {
      const { node, otherNode, until } = await open({ duplicatePeerId: "replace" });
      const a = await join(node, "room", "a");
      await join(otherNode, "room", "a");
      await until(() => a.listener.isLost, "the older one is lost");
      expect(a.listener.causeName).toBe("PEER_REPLACED");
      for (const some of [node, otherNode]) {
        expect(refusal(await tryResume(some, a.token, 0))).toBe("PEER_REPLACED");
        expect(refusal(await submit(some, a.token, []))).toBe("PEER_REPLACED");
      }
    });

    test("a replaced peer that sends before it hears of it learns it alike", async () => {
      const { node, otherNode, until } = await open({ duplicatePeerId: "replace" });
      const causes = new Set<string | undefined>();
      for (let i = 0; i < 10; i++) {
        const a = await join(node, `room${i}`, "a");
        const b = await join(node, `room${i}`, "b");
        const joined = join(otherNode, `room${i}`, "a");
        for (let n = 1; n <= 5; n++) a.send("b", `n${n}`);
        await joined;
        a.send("b", "n6");
        await until(() => a.listener.isLost, "the older one is lost");
        causes.add(a.listener.causeName);
        expect(b.listener.isLost).toBe(false);
      }
      expect([...causes]).toEqual(["PEER_REPLACED"]);
    });

    test("one that overflowed learns it when it comes back", async () => {
      const { node, otherNode, until } = await open({ mailboxSignals: 2 });
      const a = await join(node, "room", "a");
      const b = await join(node, "room", "b", { silent: true });
      for (let i = 1; i <= 5; i++) b.seat.submit(rejectable(i));
      await until(() => b.listener.isLost && a.listener.told.length === 2, "b is given up");
      expect(b.listener.causeName).toBe("SESSION_OVERFLOWED");
      expect(refusal(await tryResume(otherNode, b.token, 0))).toBe("SESSION_OVERFLOWED");
    });

    test("one that left, or whose window is over, is not found", async () => {
      const { node, otherNode, until } = await open({ resumeWindowMs: 300 });
      const witness = await join(node, "room", "witness");
      const a = await join(node, "room", "a");
      const b = await join(node, "room", "b");
      a.seat.submit({ kind: "leave", seq: 1 });
      b.seat.detach();
      await until(() => witness.listener.told.includes("left b EXPIRED"), "both are gone");
      for (const { token } of [a, b]) {
        expect(refusal(await tryResume(otherNode, token, 0))).toBe("SESSION_NOT_FOUND");
      }
    });
  });
}
