import { describe, expect, test } from "vitest";
import type { Open } from "./bench.ts";
import { join, refusal, rejectable, resume, signal, submit, tryResume } from "./peer.ts";

/** What a mailbox holds, and what happens when it holds no more. */
export function boundsSuite(open: Open): void {
  describe("bounds", () => {
    test("what one sender may have waiting is bounded in number, and the rest is rejected", async () => {
      const { node, otherNode, until } = await open({ mailboxSignals: 8 });
      const a = await join(node, "room", "a");
      const b = await join(otherNode, "room", "b");
      b.seat.detach();
      for (let i = 1; i <= 7; i++) a.send("b", `n${i}`);
      await until(() => a.listener.entries.length === 2, "two are rejected");
      expect(a.listener.mail).toEqual(["rejected 6 MAILBOX_FULL", "rejected 7 MAILBOX_FULL"]);
      const body = a.listener.entries[0]?.response.body;
      expect(body?.case === "rejected" && body.value.retryAfter?.seconds).toBe(1n);
      const back = await resume(node, b.token, 0);
      await until(() => back.listener.entries.length === 5, "the others are there");
      expect(back.listener.relayed.at(-1)).toBe("signal n5 from a");
      a.send("b", "n8");
      await until(() => back.listener.entries.length === 6, "there is room again");
    });

    test("one sender that floods a mailbox leaves room in it for others", async () => {
      const { node, otherNode, until } = await open({ mailboxSignals: 8 });
      const b = await join(otherNode, "room", "b");
      const flooder = await join(node, "room", "flooder");
      const others = [await join(node, "room", "c"), await join(otherNode, "room", "d")];
      b.seat.detach();
      for (let i = 1; i <= 20; i++) flooder.send("b", `n${i}`);
      await until(() => flooder.listener.acceptedSeq === 20, "all is taken");
      for (const other of others) for (let i = 1; i <= 2; i++) other.send("b", `n${i}`);
      await until(() => others.every(({ listener }) => listener.acceptedSeq === 2), "the others are done");
      expect(others[0]?.listener.mail).toEqual([]);
      const back = await resume(node, b.token, 0);
      await until(() => back.listener.entries.length === 8, "the mailbox was full");
      const from = (name: string) => back.listener.relayed.filter((text) => text.endsWith(` from ${name}`));
      expect([from("flooder").length, from("c").length, from("d").length]).toEqual([5, 2, 1]);
    });

    test("a share in bytes is a quarter, but never less than one signal of maximum size", async () => {
      const { node, otherNode, until } = await open({ mailboxBytes: 20_000, signalBytes: 7000 });
      const b = await join(otherNode, "room", "b");
      const a = await join(node, "room", "a");
      const c = await join(node, "room", "c");
      b.seat.detach();
      for (let i = 1; i <= 3; i++) a.seat.submit(signal(i, "b", `n${i}`, { bytes: 4000 }));
      await until(() => a.listener.acceptedSeq === 3, "half of it is full");
      a.seat.submit(signal(4, "b", "n4", { bytes: 4000 }));
      c.seat.submit(signal(1, "b", "large", { bytes: 6800 }));
      c.seat.submit(signal(2, "b", "more", { bytes: 300 }));
      await until(() => a.listener.acceptedSeq === 4 && c.listener.acceptedSeq === 2, "all is taken");
      expect(a.listener.mail).toEqual(["rejected 4 MAILBOX_FULL"]);
      expect(c.listener.mail).toEqual(["rejected 2 MAILBOX_FULL"]);
    });

    test("what waits for one who is away is bounded in bytes", async () => {
      const { node, otherNode, until } = await open({ mailboxBytes: 10_000 });
      const a = await join(node, "room", "a");
      const b = await join(otherNode, "room", "b");
      b.seat.detach();
      for (let i = 1; i <= 4; i++) a.seat.submit(signal(i, "b", `n${i}`, { bytes: 3000 }));
      a.seat.submit(signal(5, "b", "n5", { bytes: 10 }));
      await until(() => a.listener.acceptedSeq === 5 && a.listener.entries.length === 1, "one is rejected");
      expect(a.listener.mail).toEqual(["rejected 4 MAILBOX_FULL"]);
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
    });

    test("a client that never acknowledged cannot go back farther than the mailbox: its session is over", async () => {
      const { node, otherNode, until } = await open({ mailboxSignals: 4 });
      const a = await join(node, "room", "a");
      const b = await join(otherNode, "room", "b");
      for (let i = 1; i <= 20; i++) a.send("b", `n${i}`);
      await until(() => b.listener.entries.length === 20, "all is there");
      b.seat.detach();
      expect(refusal(await tryResume(node, b.token, 2))).toBe("RESUME_GAP");
      await until(() => a.listener.told.includes("left b OVERFLOWED"), "a hears of it");
      expect(refusal(await tryResume(otherNode, b.token, 20))).toBe("RESUME_GAP");
    });

    test("a stream that is not read stays, its senders are refused, and its recipient notices", async () => {
      const { node, otherNode, until, settle } = await open({ mailboxSignals: 8 });
      const a = await join(node, "room", "a");
      const b = await join(otherNode, "room", "b", { capacity: 2 });
      for (let i = 1; i <= 9; i++) a.send("b", `n${i}`);
      await until(() => a.listener.entries.length === 2 && b.listener.refusals > 0, "two are rejected");
      await settle();
      expect(a.listener.mail).toEqual(["rejected 8 MAILBOX_FULL", "rejected 9 MAILBOX_FULL"]);
      expect(b.listener.isLost).toBe(false);
      b.listener.capacity = Number.POSITIVE_INFINITY;
      b.seat.pull();
      await until(() => b.listener.entries.length === 7, "the rest comes");
      a.send("b", "n10");
      await until(() => b.listener.entries.length === 8, "there is room again");
    });

    test("a recipient may detach when it notices that its mailbox is full", async () => {
      const { node, otherNode, until } = await open({ mailboxSignals: 4 });
      const a = await join(node, "room", "a");
      const b = await join(otherNode, "room", "b", { silent: true });
      b.listener.onRefusal = () => b.seat.detach();
      for (let i = 1; i <= 6; i++) a.send("b", `n${i}`);
      await until(() => a.listener.acceptedSeq === 6 && b.listener.refusals > 0, "it is full");
      const back = await resume(node, b.token, 0);
      await until(() => back.listener.entries.length === 3, "the rest comes");
    });

    test("rejections overflow a sender that reads nothing, and not one that reads", async () => {
      const { node, otherNode, until } = await open({ mailboxSignals: 4 });
      const reader = await join(node, "room", "reader");
      for (let i = 1; i <= 40; i++) reader.seat.submit(rejectable(i));
      await until(() => reader.listener.entries.length === 40, "the reader is notified of all");
      const silent = await join(otherNode, "room", "silent", { silent: true });
      for (let i = 1; i <= 9; i++) silent.seat.submit(rejectable(i));
      await until(() => silent.listener.isLost, "the other one is given up");
      expect(silent.listener.causeName).toBe("SESSION_OVERFLOWED");
      expect(reader.listener.isLost).toBe(false);
    });

    test("a session that is away overflows by what it sends itself, alike", async () => {
      const { node, otherNode, until } = await open({ mailboxSignals: 2 });
      const a = await join(node, "room", "a");
      const b = await join(otherNode, "room", "b");
      b.seat.detach();
      const batch = [1, 2, 3, 4, 5].map((seq) => rejectable(seq));
      // An engine may wait a moment for the mailbox to be read.
      void submit(node, b.token, batch);
      await until(() => a.listener.told.includes("left b OVERFLOWED"), "a hears of it");
      expect(refusal(await submit(node, b.token, []))).toBe("SESSION_OVERFLOWED");
    });

    test("no number of joins ends the session of another member", async () => {
      const { node, otherNode, until } = await open({ mailboxSignals: 2, resumeWindowMs: 60_000 });
      const a = await join(node, "room", "a");
      const away = await join(otherNode, "room", "away");
      const silent = await join(otherNode, "room", "silent", { silent: true });
      away.seat.detach();
      for (let i = 0; i < 50; i++) {
        const guest = await join(node, "room", "guest", { metadata: { k: "x".repeat(100) } });
        guest.seat.submit({ kind: "leave", seq: 1 });
        await until(() => guest.listener.isLost, "the guest is gone");
      }
      await until(() => a.listener.told.length === 102, "a saw all of it");
      expect(silent.listener.isLost).toBe(false);
      expect((await resume(node, away.token, 0)).attached.resumed).toBe(true);
    });

    test("a closed engine notifies nobody and calls nobody", async () => {
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
