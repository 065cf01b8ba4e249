import { describe, expect, test } from "vitest";
import type { Open } from "./bench.ts";
import { join, refusal, resume, signal, submit, tryResume } from "./peer.ts";

/** A session that loses its stream and comes back, here or elsewhere. */
export function resumingSuite(open: Open): void {
  describe("resuming", () => {
    test("a signal sent while the peer is away arrives once it is back", async () => {
      const { node, otherNode, until } = await open();
      const a = await join(node, "room", "a");
      const b = await join(node, "room", "b");
      b.seat.detach();
      for (let i = 1; i <= 5; i++) a.send("b", `n${i}`);
      await until(() => a.listener.acceptedSeq === 5, "all is stored");
      const back = await resume(otherNode, b.token, 0);
      expect(back.attached.resumed).toBe(true);
      expect(back.attached.roster).toEqual([a.seat.self]);
      await until(() => back.listener.entries.length === 5, "all is there");
      expect(back.listener.seqs).toEqual([1, 2, 3, 4, 5]);
      expect(b.listener.entries).toEqual([]);
    });

    test("what was not processed comes again, from where the client stands", async () => {
      const { node, otherNode, until } = await open();
      const a = await join(node, "room", "a");
      const b = await join(node, "room", "b");
      for (let i = 1; i <= 9; i++) a.send("b", `n${i}`);
      await until(() => b.listener.entries.length === 9, "all is there");
      b.seat.detach();
      const back = await resume(otherNode, b.token, 6);
      a.send("b", "n10");
      await until(() => back.listener.entries.length === 4, "the rest comes again");
      expect(back.listener.seqs).toEqual([7, 8, 9, 10]);
      expect(back.listener.relayed.at(-1)).toBe("signal n10 from a");
    });

    test("what the client sent before goes on where it was", async () => {
      const { node, otherNode, until, settle } = await open();
      const a = await join(node, "room", "a");
      const b = await join(node, "room", "b");
      a.send("b", "n1");
      a.send("b", "n2");
      await until(() => a.listener.acceptedSeq === 2, "both are stored");
      a.seat.detach();
      const back = await resume(otherNode, a.token, 0);
      expect(back.attached.accepted).toBe(2);
      back.seat.submit(signal(2, "b", "n2"));
      back.seat.submit(signal(3, "b", "n3"));
      await until(() => b.listener.entries.length === 3, "the third is there");
      await settle();
      expect(b.listener.relayed).toHaveLength(3);
    });

    test("a newer stream takes over, and the older one can do nothing any more", async () => {
      const { node, otherNode, until, settle } = await open();
      const a = await join(node, "room", "a");
      const b = await join(node, "room", "b");
      const newer = await resume(otherNode, b.token, 0);
      await until(() => b.listener.isLost, "the older stream is notified");
      expect(b.listener.causeName).toBe("SESSION_REPLACED");
      b.seat.submit(signal(1, "a", "old"));
      b.seat.acknowledge(1);
      b.seat.pull();
      b.seat.detach();
      newer.seat.submit(signal(1, "a", "new"));
      a.send("b", "n1");
      await until(() => newer.listener.entries.length === 1, "the newer stream is served");
      await until(() => a.listener.told.length === 2, "and heard");
      await settle();
      expect(a.listener.told).toEqual(["joined b", "signal new from b"]);
      expect(b.listener.entries).toEqual([]);
      expect(b.listener.afterLost).toEqual([]);
    });

    test("a stream that goes while another takes over removes nothing", async () => {
      const { node, otherNode, until, settle } = await open({ resumeWindowMs: 300 });
      const a = await join(node, "room", "a");
      let b = await join(node, "room", "b");
      for (let i = 0; i < 6; i++) {
        const older = b;
        const [newer] = await Promise.all([
          resume(i % 2 ? node : otherNode, b.token, 0),
          settle().then(() => older.seat.detach()),
        ]);
        b = newer;
      }
      a.send("b", "n1");
      await until(() => b.listener.entries.length === 1, "the newest stream is served");
      expect(a.listener.told).toEqual(["joined b"]);
    });

    test("without a stream a session waits for the window, then the others are notified, once", async () => {
      const { node, otherNode, until, settle } = await open({ resumeWindowMs: 400 });
      const a = await join(otherNode, "room", "a");
      const b = await join(node, "room", "b");
      b.seat.detach();
      await until(() => a.listener.told.length === 2, "a hears that b is gone");
      await settle();
      expect(a.listener.told).toEqual(["joined b", "left b EXPIRED"]);
      expect(refusal(await tryResume(node, b.token, 0))).toBe("SESSION_NOT_FOUND");
      expect((await join(node, "room", "c")).attached.roster).toEqual([a.seat.self]);
    });

    test("a session that came back in time does not expire", async () => {
      const { node, otherNode, until } = await open({ resumeWindowMs: 400 });
      const a = await join(otherNode, "room", "a");
      const b = await join(node, "room", "b");
      const c = await join(node, "room", "c");
      b.seat.detach();
      const back = await resume(otherNode, b.token, 0);
      c.seat.detach();
      // The window of c began after that of b would have, so both would be over.
      await until(() => a.listener.told.length === 3, "a hears that c is gone");
      expect(a.listener.told).toEqual(["joined b", "joined c", "left c EXPIRED"]);
      expect(back.listener.isLost).toBe(false);
    });

    test("a client cannot go on from beyond the mailbox: its session is over, and the others know", async () => {
      const { node, otherNode, until } = await open();
      const a = await join(node, "room", "a");
      const b = await join(node, "room", "b");
      a.send("b", "n1");
      await until(() => b.listener.entries.length === 1, "it is there");
      b.seat.detach();
      expect(refusal(await tryResume(otherNode, b.token, 2))).toBe("RESUME_GAP");
      await until(() => a.listener.told.length === 2, "a hears that b is gone");
      expect(a.listener.told).toEqual(["joined b", "left b OVERFLOWED"]);
    });

    test("a resume from behind what its client acknowledged is an old one, and goes on from there", async () => {
      const { node, otherNode, until } = await open();
      const a = await join(node, "room", "a");
      const b = await join(node, "room", "b");
      for (let i = 1; i <= 5; i++) a.send("b", `n${i}`);
      await until(() => b.listener.entries.length === 5, "all is there");
      b.seat.acknowledge(3);
      b.seat.detach();
      const back = await resume(otherNode, b.token, 2);
      await until(() => back.listener.entries.length === 2, "the rest comes again");
      expect(back.listener.seqs).toEqual([4, 5]);
      expect(a.listener.told).toEqual(["joined b"]);
    });

    test("a batch acknowledges only what the newest stream has delivered", async () => {
      const { node, otherNode, until } = await open();
      const a = await join(node, "room", "a");
      const b = await join(node, "room", "b");
      for (let i = 1; i <= 4; i++) a.send("b", `n${i}`);
      await until(() => b.listener.entries.length === 4, "the old stream has all");
      const newer = await resume(otherNode, b.token, 1, { silent: true });
      await submit(node, b.token, [signal(1, "a", "n1")], 4);
      newer.seat.pull();
      await until(() => newer.listener.entries.length === 3, "the newest stream has the rest");
      expect(newer.listener.seqs).toEqual([2, 3, 4]);
      expect(newer.listener.isLost).toBe(false);
    });

    test("a resume of where the acknowledgement stands is fine", async () => {
      const { node, otherNode, until } = await open();
      const a = await join(node, "room", "a");
      const b = await join(node, "room", "b");
      for (let i = 1; i <= 5; i++) a.send("b", `n${i}`);
      await until(() => b.listener.entries.length === 5, "all is there");
      b.seat.acknowledge(3);
      b.seat.detach();
      const back = await resume(otherNode, b.token, 3);
      await until(() => back.listener.entries.length === 2, "the rest comes again");
      expect(back.listener.seqs).toEqual([4, 5]);
    });

    test("an acknowledgement of what never came is not taken", async () => {
      const { node, otherNode, until } = await open();
      const a = await join(node, "room", "a");
      const b = await join(node, "room", "b", { capacity: 1 });
      for (let i = 1; i <= 3; i++) a.send("b", `n${i}`);
      await until(() => b.listener.entries.length === 1 && a.listener.acceptedSeq === 3, "b has enough");
      b.seat.acknowledge(1000);
      b.seat.detach();
      const back = await resume(otherNode, b.token, 1);
      await until(() => back.listener.entries.length === 2, "the rest comes");
      expect(back.listener.seqs).toEqual([2, 3]);
    });

    test("a session of which the engine has accepted less than its client knows is over, and all know", async () => {
      const { node, otherNode, until } = await open();
      const a = await join(node, "room", "a");
      const b = await join(otherNode, "room", "b");
      b.send("a", "n1");
      await until(() => b.listener.acceptedSeq === 1, "one is accepted");
      b.seat.detach();
      expect(refusal(await tryResume(node, b.token, 0, { acked: 2 }))).toBe("SESSION_LOST");
      await until(() => a.listener.told.includes("left b LOST"), "a hears of it");
      expect(refusal(await tryResume(node, b.token, 0, { acked: 1 }))).toBe("SESSION_LOST");
    });
  });
}
