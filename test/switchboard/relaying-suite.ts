import { describe, expect, test } from "vitest";
import type { Open } from "./bench.ts";
import { join, rejectable, resume, signal } from "./peer.ts";

const names = (from: number, to: number, sender: string) =>
  Array.from({ length: to - from + 1 }, (_, i) => `signal n${from + i} from ${sender}`);

/** Signals on their way from seat to mailbox. */
export function relayingSuite(open: Open): void {
  describe("relaying", () => {
    test("signals arrive exactly once and in order, and are acknowledged", async () => {
      const { node, otherNode, until, settle } = await open();
      const a = await join(node, "room", "a");
      const b = await join(otherNode, "room", "b");
      for (let i = 1; i <= 100; i++) a.send("b", `n${i}`);
      await until(() => b.listener.entries.length === 100 && a.listener.acceptedSeq === 100, "all is there");
      await settle();
      expect(b.listener.relayed).toEqual(names(1, 100, "a"));
      expect(b.listener.seqs).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
    });

    test("both directions and a third peer do not disturb one another", async () => {
      const { node, otherNode, until } = await open();
      const a = await join(node, "room", "a");
      const b = await join(otherNode, "room", "b");
      const c = await join(node, "room", "c");
      for (let i = 1; i <= 60; i++) {
        a.send("b", `n${i}`);
        b.send("a", `n${i}`);
        c.send(i % 2 ? "a" : "b", `n${i}`);
      }
      const all = () => a.listener.relayed.length === 90 && b.listener.relayed.length === 90;
      await until(all, "all is there");
      const from = (peer: typeof a, sender: string) =>
        peer.listener.relayed.filter((text) => text.endsWith(` from ${sender}`));
      expect(from(a, "b")).toEqual(names(1, 60, "b"));
      expect(from(b, "a")).toEqual(names(1, 60, "a"));
      expect(from(a, "c")).toEqual(names(1, 60, "c").filter((_, i) => i % 2 === 0));
      expect(a.listener.seqs).toEqual(a.listener.entries.map((_, i) => i + 1));
    });

    test("large and binary bodies arrive as they were", async () => {
      const { node, otherNode, until } = await open();
      const a = await join(node, "room", "a");
      const b = await join(otherNode, "room", "b");
      a.seat.submit(signal(1, "b", "large", { bytes: 60_000 }));
      const raw = Buffer.concat([signal(2, "b", "raw").payload, Buffer.from([0xfa, 0x7f, 3, 0, 13, 255])]);
      a.seat.submit({ ...signal(2, "b", "raw"), payload: raw });
      await until(() => b.listener.entries.length === 2, "both are there");
      const [large, binary] = b.listener.entries;
      if (large?.response.body.case !== "iceCandidate") throw new Error("not a candidate");
      expect(large.response.body.value.candidate).toHaveLength(60_000);
      expect([...(binary?.response.$unknown?.[0]?.data ?? [])]).toEqual([3, 0, 13, 255]);
    });

    test("the payload may be changed once submit has returned", async () => {
      const { node, otherNode, until } = await open();
      const a = await join(node, "room", "a");
      const b = await join(otherNode, "room", "b");
      const one = signal(1, "b", "kept");
      a.seat.submit(one);
      one.payload.fill(0);
      await until(() => b.listener.entries.length === 1, "it is there");
      expect(b.listener.relayed).toEqual(["signal kept from a"]);
    });

    test("a repeated number is acknowledged again and not delivered again", async () => {
      const { node, otherNode, until, settle } = await open();
      const a = await join(node, "room", "a");
      const b = await join(otherNode, "room", "b");
      a.seat.submit(signal(1, "b", "n1"));
      a.seat.submit(signal(2, "b", "n2"));
      await until(() => a.listener.acceptedSeq === 2, "both are stored");
      const calls = a.listener.acceptedCalls;
      a.seat.submit(signal(1, "b", "n1"));
      await until(() => a.listener.acceptedCalls > calls, "it is acknowledged again");
      expect(a.listener.acceptedSeq).toBe(2);
      a.seat.submit(signal(2, "b", "n2"));
      a.seat.submit(signal(3, "b", "n3"));
      await until(() => a.listener.acceptedSeq === 3, "the third is stored");
      await until(() => b.listener.entries.length === 3, "the third is there");
      await settle();
      expect(b.listener.relayed).toEqual(names(1, 3, "a"));
    });

    test("a number that skips one takes the seat, and what came before it arrives", async () => {
      const { node, otherNode, until, settle } = await open();
      const a = await join(node, "room", "a");
      const b = await join(otherNode, "room", "b");
      a.seat.submit(signal(1, "b", "n1"));
      a.seat.submit(signal(3, "b", "n3"));
      a.seat.submit(signal(4, "b", "n4"));
      await until(() => a.listener.isLost, "the seat is lost");
      expect(a.listener.causeName).toBe("SEQ_GAP");
      await settle();
      expect(b.listener.relayed).toEqual(["signal n1 from a"]);
      expect(a.listener.afterLost).toEqual([]);
    });

    test("signals without a number are numbered by the engine", async () => {
      const { node, otherNode, until } = await open();
      const a = await join(node, "room", "a");
      const b = await join(otherNode, "room", "b");
      for (let i = 1; i <= 5; i++) a.seat.submit(signal(0, "b", `n${i}`));
      a.seat.submit(signal(6, "b", "n6"));
      a.seat.submit(signal(0, "b", "n7"));
      await until(() => a.listener.acceptedSeq === 7 && b.listener.entries.length === 7, "all is there");
      expect(b.listener.relayed).toEqual(names(1, 7, "a"));
    });

    test("a bad signal uses its number up, and its sender's mailbox says so", async () => {
      const { node, otherNode, until } = await open();
      const a = await join(node, "room", "a");
      const b = await join(otherNode, "room", "b");
      a.seat.submit(signal(1, "b", "n1"));
      a.seat.submit(rejectable(2));
      a.seat.submit(signal(3, "b", "n3"));
      await until(() => a.listener.entries.length === 1 && b.listener.entries.length === 2, "all is there");
      expect(a.listener.mail).toEqual(["rejected 2 SDP_INVALID"]);
      const body = a.listener.entries[0]?.response.body;
      expect(body?.case === "rejected" && body.value.message).toBe("no fingerprint");
      expect(b.listener.relayed).toEqual(["signal n1 from a", "signal n3 from a"]);
      await until(() => a.listener.acceptedSeq === 3, "all is acknowledged");
    });

    test("a signal to nobody, or to oneself, is rejected", async () => {
      const { node, otherNode, until } = await open();
      const a = await join(node, "room", "a");
      await join(otherNode, "other", "elsewhere");
      a.send("nobody", "n1");
      a.send("a", "n2");
      a.send("elsewhere", "n3");
      await until(() => a.listener.entries.length === 3, "all is rejected");
      expect(a.listener.told).toEqual([
        "rejected 1 RECIPIENT_UNKNOWN",
        "rejected 2 RECIPIENT_INVALID",
        "rejected 3 RECIPIENT_UNKNOWN",
      ]);
    });

    test("a signal to one who has left is rejected", async () => {
      const { node, otherNode, until } = await open();
      const a = await join(node, "room", "a");
      const b = await join(otherNode, "room", "b");
      b.seat.submit({ kind: "leave", seq: 1 });
      await until(() => b.listener.isLost, "b is gone");
      a.send("b", "n1");
      await until(() => a.listener.entries.length === 1, "it is rejected");
      expect(a.listener.told).toEqual(["joined b", "left b LEFT", "rejected 1 RECIPIENT_UNKNOWN"]);
    });

    test("a signal names the session of its sender", async () => {
      const { node, otherNode, until } = await open();
      const a = await join(node, "room", "a");
      const b = await join(otherNode, "room", "b");
      a.send("b", "n1");
      b.send("a", "n1");
      await until(() => a.listener.entries.length + b.listener.entries.length === 2, "both are there");
      const [fromB] = a.listener.entries;
      const [fromA] = b.listener.entries;
      expect(fromA?.response).toMatchObject({ sender: "a", senderSession: 1 });
      expect(fromB?.response).toMatchObject({ sender: "b", senderSession: 2 });
    });

    test("a signal to a session reaches that session, or nobody", async () => {
      const { node, otherNode, until, settle } = await open();
      const b = await join(node, "room", "b");
      const nonce = Buffer.alloc(16, 1);
      const former = await join(node, "room", "a", { nonce });
      b.seat.submit(signal(1, "a", "n1", { toSession: 2 }));
      await until(() => former.listener.entries.length === 1, "it is there");
      const a = await join(otherNode, "room", "a", { formerNonce: nonce });
      await until(() => b.listener.told.includes("left a REPLACED"), "the former one is gone");
      b.seat.submit(signal(2, "a", "to the former", { toSession: 2 }));
      b.seat.submit(signal(3, "a", "to the next", { toSession: 4 }));
      b.seat.submit(signal(4, "a", "to the name"));
      b.seat.submit(signal(5, "a", "to the current", { toSession: 3 }));
      await until(() => b.listener.acceptedSeq === 5 && a.listener.entries.length === 2, "all is done");
      await settle();
      const rejected = ["rejected 2 RECIPIENT_UNKNOWN", "rejected 3 RECIPIENT_UNKNOWN"];
      expect(b.listener.mail).toEqual(rejected);
      expect(a.listener.relayed).toEqual(["signal to the name from b", "signal to the current from b"]);
    });

    test("a signal of a former session that was stored before is not taken for one of its successor", async () => {
      const { node, otherNode, until } = await open();
      const nonce = Buffer.alloc(16, 1);
      const b = await join(node, "room", "b");
      const former = await join(node, "room", "a", { nonce });
      b.seat.detach();
      former.send("b", "old");
      await until(() => former.listener.acceptedSeq === 1, "it is stored");
      const a = await join(otherNode, "room", "a", { formerNonce: nonce });
      a.send("b", "new");
      await until(() => a.listener.acceptedSeq === 1, "it is stored");
      const back = await resume(node, b.token, 0);
      await until(() => back.listener.entries.length === 2, "both are there");
      expect(back.listener.entries.map(({ response }) => response.senderSession)).toEqual([2, 3]);
      expect(back.attached.roster.map(({ session }) => session)).toEqual([3]);
    });

    test("after false from deliver nothing comes until the next pull", async () => {
      const { node, otherNode, until, settle } = await open();
      const a = await join(node, "room", "a");
      const b = await join(otherNode, "room", "b", { capacity: 3 });
      for (let i = 1; i <= 10; i++) a.send("b", `n${i}`);
      await until(() => b.listener.entries.length === 3 && a.listener.acceptedSeq === 10, "b has enough");
      await settle();
      expect(b.listener.entries).toHaveLength(3);
      b.listener.capacity = 5;
      b.seat.pull();
      await until(() => b.listener.entries.length === 5, "b has enough again");
      await settle();
      expect(b.listener.entries).toHaveLength(5);
      b.listener.capacity = Number.POSITIVE_INFINITY;
      b.seat.pull();
      await until(() => b.listener.entries.length === 10, "b has all");
      expect(b.listener.relayed).toEqual(names(1, 10, "a"));
    });

    test("what was submitted before a detach is stored", async () => {
      const { node, otherNode, until } = await open();
      const a = await join(node, "room", "a");
      const b = await join(otherNode, "room", "b");
      for (let i = 1; i <= 20; i++) a.send("b", `n${i}`);
      a.seat.detach();
      await until(() => b.listener.entries.length === 20, "all is there");
      expect(b.listener.relayed).toEqual(names(1, 20, "a"));
    });
  });
}
