import { describe, expect, test } from "vitest";
import { join, refusal, rejectable, resume, signal, submit, tryResume } from "./peer.ts";
import type { Open } from "./switchboard-suite.ts";

/** What a mailbox holds, and what happens when it holds no more. */
export function boundsSuite(open: Open): void {
  describe("bounds", () => {
    test("what waits for one who is away is bounded in number, and the sender is told", async () => {
      const { node, otherNode, until } = await open({ mailboxSignals: 4 });
      const a = await join(node, "room", "a");
      const b = await join(otherNode, "room", "b");
      b.seat.detach();
      for (let i = 1; i <= 6; i++) a.send("b", `n${i}`);
      await until(() => a.listener.entries.length === 3, "two are rejected");
      expect(a.listener.told.slice(1)).toEqual(["rejected 5 MAILBOX_FULL", "rejected 6 MAILBOX_FULL"]);
      const body = a.listener.entries[1]?.response.body;
      expect(body?.case === "rejected" && body.value.retryAfter?.seconds).toBe(1n);
      const back = await resume(node, b.token, 0);
      await until(() => back.listener.entries.length === 4, "four are there");
      expect(back.listener.relayed.at(-1)).toBe("signal n4 from a");
      a.send("b", "n7");
      await until(() => back.listener.entries.length === 5, "there is room again");
    });

    test("what waits for one who is away is bounded in bytes", async () => {
      const { node, otherNode, until } = await open({ mailboxBytes: 10_000 });
      const a = await join(node, "room", "a");
      const b = await join(otherNode, "room", "b");
      b.seat.detach();
      for (let i = 1; i <= 4; i++) a.seat.submit(signal(i, "b", `n${i}`, 3000));
      a.seat.submit(signal(5, "b", "n5", 10));
      await until(() => a.listener.acceptedSeq === 5 && a.listener.entries.length === 2, "one is rejected");
      expect(a.listener.told.slice(1)).toEqual(["rejected 4 MAILBOX_FULL"]);
      const back = await resume(node, b.token, 0);
      await until(() => back.listener.entries.length === 4, "the others are there");
    });

    test("a client that reads and never acknowledges misses nothing, and can go back a mailbox far", async () => {
      const { node, otherNode, until } = await open({ mailboxSignals: 4 });
      const a = await join(node, "room", "a");
      const b = await join(otherNode, "room", "b");
      for (let i = 1; i <= 20; i++) a.send("b", `n${i}`);
      await until(() => b.listener.entries.length === 20, "all is there");
      expect(a.listener.told).toEqual(["joined b"]);
      b.seat.detach();
      const back = await resume(node, b.token, 16);
      await until(() => back.listener.entries.length === 4, "the last four come again");
      expect(back.listener.seqs).toEqual([17, 18, 19, 20]);
      back.seat.detach();
      expect(refusal(await tryResume(node, b.token, 2))).toBe("RESUME_GAP");
    });

    test("a stream that is not read is taken from its client, and the sender is told", async () => {
      const { node, otherNode, until } = await open({ mailboxSignals: 4 });
      const a = await join(node, "room", "a");
      const b = await join(otherNode, "room", "b", { capacity: 2 });
      for (let i = 1; i <= 7; i++) a.send("b", `n${i}`);
      await until(() => b.listener.isLost, "the slow stream is lost");
      expect(b.listener.causeName).toBe("SLOW_READER");
      await until(() => a.listener.entries.length === 2, "one is rejected");
      expect(a.listener.told).toEqual(["joined b", "rejected 7 MAILBOX_FULL"]);
      const back = await resume(node, b.token, 2);
      await until(() => back.listener.entries.length === 4, "the rest comes");
      expect(back.listener.seqs).toEqual([3, 4, 5, 6]);
    });

    test("who came and went finds room where signals do not", async () => {
      const { node, otherNode, until } = await open({ mailboxSignals: 3 });
      const a = await join(node, "room", "a");
      const b = await join(otherNode, "room", "b");
      b.seat.detach();
      for (let i = 1; i <= 4; i++) a.send("b", `n${i}`);
      await until(() => a.listener.acceptedSeq === 4, "all is taken");
      await join(node, "room", "c");
      await join(node, "room", "d");
      const back = await resume(node, b.token, 0);
      await until(() => back.listener.entries.length === 5, "all is there");
      expect(back.listener.told.slice(3)).toEqual(["joined c", "joined d"]);
    });

    test("a session that cannot be told what it must not miss is over, and the others know", async () => {
      const { node, otherNode, until } = await open({ mailboxSignals: 2 });
      const a = await join(node, "room", "a");
      const b = await join(otherNode, "room", "b", { silent: true });
      for (let i = 0; i < 5; i++) await join(node, "room", `c${i}`);
      await until(() => b.listener.isLost, "b is given up");
      expect(b.listener.causeName).toBe("SESSION_OVERFLOWED");
      await until(() => a.listener.told.includes("left b OVERFLOWED"), "a hears of it");
      expect(a.listener.told.filter((text) => text.startsWith("left"))).toEqual(["left b OVERFLOWED"]);
      expect(refusal(await tryResume(node, b.token, 0))).toBe("SESSION_NOT_FOUND");
    });

    test("a session that is away overflows alike", async () => {
      const { node, otherNode, until } = await open({ mailboxSignals: 2 });
      const a = await join(node, "room", "a");
      const b = await join(otherNode, "room", "b");
      b.seat.detach();
      for (let i = 0; i < 5; i++) await join(node, "room", `c${i}`);
      await until(() => a.listener.told.includes("left b OVERFLOWED"), "a hears of it");
      expect(refusal(await submit(node, b.token, []))).toBe("SESSION_NOT_FOUND");
    });

    test("rejections overflow a sender that reads nothing, and not one that reads", async () => {
      const { node, otherNode, until } = await open({ mailboxSignals: 4 });
      const reader = await join(node, "room", "reader");
      for (let i = 1; i <= 40; i++) reader.seat.submit(rejectable(i));
      await until(() => reader.listener.entries.length === 40, "the reader is told of all");
      const silent = await join(otherNode, "room", "silent", { silent: true });
      for (let i = 1; i <= 9; i++) silent.seat.submit(rejectable(i));
      await until(() => silent.listener.isLost, "the other one is given up");
      expect(silent.listener.causeName).toBe("SESSION_OVERFLOWED");
      expect(reader.listener.isLost).toBe(false);
    });

    test("two that overflow together are both gone for the third", async () => {
      const { node, otherNode, until } = await open({ mailboxSignals: 2 });
      const a = await join(node, "room", "a");
      const b = await join(otherNode, "room", "b");
      const c = await join(node, "room", "c");
      b.seat.detach();
      c.seat.detach();
      for (let i = 0; i < 5; i++) await join(node, "room", `d${i}`);
      const gone = () => a.listener.told.filter((text) => text.startsWith("left")).sort();
      await until(() => gone().length === 2, "a hears of both");
      expect(gone()).toEqual(["left b OVERFLOWED", "left c OVERFLOWED"]);
    });

    test("a closed engine tells nobody and calls nobody", async () => {
      const bench = await open();
      const a = await join(bench.node, "room", "a");
      const b = await join(bench.node, "room", "b");
      await bench.close();
      a.seat.submit(signal(1, "b", "n1"));
      a.seat.detach();
      expect(a.listener.isLost).toBe(false);
      expect(b.listener.entries).toEqual([]);
    });
  });
}
