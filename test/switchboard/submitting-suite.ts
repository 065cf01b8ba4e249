import { describe, expect, test } from "vitest";
import type { Batch, SubmitOutcome } from "../../server/src/switchboard/batch.ts";
import type { Switchboard } from "../../server/src/switchboard/switchboard.ts";
import type { Open } from "./bench.ts";
import { join, refusal, rejectable, resume, signal, submit } from "./peer.ts";

/** Batches that name their session by its token: the sending half of a web client. */
export function submittingSuite(open: Open): void {
  describe("submitting by token", () => {
    test("a batch is stored in order, wherever the session is attached, and its seat is notified", async () => {
      const { node, otherNode, until } = await open();
      const a = await join(node, "room", "a");
      const b = await join(node, "room", "b");
      const outcome = await submit(otherNode, a.token, [signal(1, "b", "n1"), signal(2, "b", "n2")]);
      expect(outcome).toEqual({ ok: true, accepted: 2, rejected: [] });
      await until(() => a.listener.acceptedSeq === 2, "the seat is notified");
      await until(() => b.listener.entries.length === 2, "both are there");
      expect(b.listener.relayed).toEqual(["signal n1 from a", "signal n2 from a"]);
    });

    test("a batch is stored for a session that is not attached", async () => {
      const { node, otherNode, until } = await open();
      const a = await join(node, "room", "a");
      const b = await join(node, "room", "b");
      a.seat.detach();
      expect(await submit(otherNode, a.token, [signal(1, "b", "n1")])).toMatchObject({ accepted: 1 });
      await until(() => b.listener.entries.length === 1, "it is there");
    });

    test("the seat and the token may be used in turn", async () => {
      const { node, otherNode, until } = await open();
      const a = await join(node, "room", "a");
      const b = await join(otherNode, "room", "b");
      a.seat.submit(signal(1, "b", "n1"));
      await until(() => a.listener.acceptedSeq === 1, "the first is stored");
      await submit(otherNode, a.token, [signal(2, "b", "n2")]);
      await until(() => a.listener.acceptedSeq === 2, "the second is stored");
      a.seat.submit(signal(3, "b", "n3"));
      await until(() => b.listener.entries.length === 3, "all is there");
      expect(b.listener.relayed.map((text) => text.split(" ")[1])).toEqual(["n1", "n2", "n3"]);
    });

    test("a repeated batch is acknowledged and changes nothing", async () => {
      const { node, otherNode, until, settle } = await open();
      const a = await join(node, "room", "a");
      const b = await join(node, "room", "b");
      const batch = [signal(1, "b", "n1"), rejectable(2), signal(3, "nobody", "n3")];
      const first = await submit(node, a.token, batch);
      expect(first).toMatchObject({ ok: true, accepted: 3 });
      expect(first.ok && first.rejected.map(({ seq }) => seq)).toEqual([2, 3]);
      const again = await submit(otherNode, a.token, [...batch, signal(4, "b", "n4")]);
      expect(again).toMatchObject({ ok: true, accepted: 4, rejected: [] });
      await until(() => b.listener.entries.length === 2, "both are there");
      await until(() => a.listener.entries.length === 2, "a is notified of the rejections");
      await settle();
      expect(b.listener.relayed).toEqual(["signal n1 from a", "signal n4 from a"]);
      const rejections = ["rejected 2 SDP_INVALID", "rejected 3 RECIPIENT_UNKNOWN"];
      expect(a.listener.mail).toEqual(rejections);
    });

    test("the outcome says why what was rejected was rejected", async () => {
      const { node } = await open();
      const a = await join(node, "room", "a");
      const outcome = await submit(node, a.token, [rejectable(1), signal(2, "a", "n2")]);
      if (!outcome.ok) throw new Error(outcome.failure.message);
      expect(outcome.rejected).toMatchObject([
        { seq: 1, index: 0, message: "no fingerprint", to: "b", negotiationId: "bad" },
        { seq: 2, index: 1, to: "a", toSession: 0, negotiationId: "n2" },
      ]);
    });

    test("signals without a number are numbered, and a batch may have many", async () => {
      const { node, otherNode, until } = await open();
      const a = await join(node, "room", "a");
      const b = await join(node, "room", "b");
      const unnumbered = Array.from({ length: 200 }, (_, i) => signal(0, "b", `n${i + 1}`));
      // A part of it may have to wait until the first part has been delivered.
      const outcome = submit(otherNode, a.token, unnumbered);
      await until(() => b.listener.entries.length === 200, "all is there");
      expect(await outcome).toMatchObject({ accepted: 200 });
    });

    test("a number that the engine has given to a signal is refused to another one, and nothing is taken for a repeat", async () => {
      const { node, otherNode, until } = await open();
      const a = await join(node, "room", "a");
      const b = await join(node, "room", "b");
      expect(await submit(otherNode, a.token, [signal(0, "b", "n1")])).toMatchObject({ accepted: 1 });
      const taken = await submit(node, a.token, [signal(1, "b", "lost")]);
      expect(taken).toMatchObject({ ok: false, failure: { message: expect.stringContaining("2") } });
      expect(refusal(taken)).toBe("SEQ_TAKEN");
      const batch = [signal(2, "b", "n2"), signal(3, "nobody", "n3")];
      expect(await submit(node, a.token, batch)).toMatchObject({ ok: true, accepted: 3 });
      // These are numbers of the client's own, and no conflict.
      expect(await submit(otherNode, a.token, batch)).toMatchObject({ ok: true, accepted: 3, rejected: [] });
      await until(() => b.listener.entries.length === 2, "both are there");
      expect(b.listener.relayed).toEqual(["signal n1 from a", "signal n2 from a"]);
    });

    test("a batch that mixes both is refused from the number that was given within it", async () => {
      const { node, otherNode, until } = await open();
      const a = await join(node, "room", "a");
      const b = await join(node, "room", "b");
      const mixed = [
        signal(1, "b", "n1"),
        signal(0, "b", "n2"),
        signal(2, "b", "lost"),
        signal(3, "b", "n3"),
      ];
      expect(refusal(await submit(otherNode, a.token, mixed))).toBe("SEQ_TAKEN");
      expect(await submit(node, a.token, [signal(3, "b", "n3"), signal(0, "b", "n4")])).toMatchObject({
        accepted: 4,
      });
      expect(refusal(await submit(node, a.token, [signal(4, "b", "lost")]))).toBe("SEQ_TAKEN");
      await until(() => b.listener.entries.length === 4, "all is there");
      expect(b.listener.relayed.map((text) => text.split(" ")[1])).toEqual(["n1", "n2", "n3", "n4"]);
    });

    test("a stream on another node remembers which numbers were given, and continues after what it may acknowledge", async () => {
      const { node, otherNode, until } = await open();
      const a = await join(node, "room", "a");
      const b = await join(node, "room", "b");
      await submit(node, a.token, [signal(0, "b", "n1"), signal(0, "b", "n2")]);
      a.seat.detach();
      const wrong = await resume(otherNode, a.token, 0);
      wrong.seat.submit(signal(1, "b", "lost"));
      await until(() => wrong.listener.isLost, "the seat is lost");
      expect(wrong.listener.causeName).toBe("SEQ_TAKEN");
      const right = await resume(otherNode, a.token, 0);
      expect(right.attached.accepted).toBe(2);
      right.seat.submit(signal(right.attached.accepted + 1, "b", "n3"));
      right.seat.submit(signal(0, "b", "n4"));
      await until(() => right.listener.acceptedSeq === 4, "both are stored");
      right.seat.submit(signal(4, "b", "lost"));
      await until(() => right.listener.isLost, "the seat is lost");
      expect(right.listener.causeName).toBe("SEQ_TAKEN");
      await until(() => b.listener.entries.length === 4, "all is there");
      expect(b.listener.relayed.map((text) => text.split(" ")[1])).toEqual(["n1", "n2", "n3", "n4"]);
    });

    test("a gap refuses the batch from there on, and disturbs nobody who is attached", async () => {
      const { node, otherNode, until, settle } = await open();
      const a = await join(node, "room", "a");
      const b = await join(node, "room", "b");
      const outcome = await submit(otherNode, a.token, [signal(1, "b", "n1"), signal(3, "b", "n3")]);
      expect(refusal(outcome)).toBe("SEQ_GAP");
      await until(() => b.listener.entries.length === 1, "the first is there");
      await settle();
      expect(a.listener.isLost).toBe(false);
      expect(await submit(otherNode, a.token, [signal(2, "b", "n2")])).toMatchObject({ accepted: 2 });
    });

    test("the acknowledgement of a batch forgets what the client has processed", async () => {
      const { node, otherNode, until, settle } = await open({ mailboxSignals: 4 });
      const a = await join(node, "room", "a");
      const b = await join(node, "room", "b");
      for (let i = 1; i <= 5; i++) b.send("a", `n${i}`);
      await until(() => a.listener.entries.length === 5, "a has all");
      await settle();
      await submit(otherNode, a.token, [], 4);
      a.seat.detach();
      const back = await resume(otherNode, a.token, 0);
      await until(() => back.listener.entries.length === 1, "only the last comes again");
      expect(back.listener.seqs).toEqual([5]);
    });

    test("a leave ends the session and the stream that is attached", async () => {
      const { node, otherNode, until, settle } = await open();
      const a = await join(node, "room", "a");
      const b = await join(node, "room", "b");
      await settle();
      const batch = [signal(1, "b", "n1"), { kind: "leave", seq: 2 } as const];
      expect(await submit(otherNode, a.token, batch)).toMatchObject({ ok: true, accepted: 2 });
      await until(() => a.listener.isLost, "the seat is lost");
      expect(a.listener.cause).toBeUndefined();
      expect(a.listener.acceptedSeq).toBe(2);
      await until(() => b.listener.told.length === 2, "b hears of it");
      expect(b.listener.told).toEqual(["signal n1 from a", "left a LEFT"]);
      expect(refusal(await submit(node, a.token, []))).toBe("SESSION_NOT_FOUND");
    });

    test("what a client sends shows its stream that it is there, whichever node takes it", async () => {
      const { node, otherNode, settle } = await open();
      const a = await join(node, "room", "a");
      await join(node, "room", "b");
      const send = (to: Switchboard, batch: Batch) =>
        new Promise<SubmitOutcome>((resolve) => to.submit(a.token, batch, resolve));
      for (const to of [node, otherNode]) {
        a.listener.heardCalls.length = 0;
        expect(await send(to, { submissions: [], ack: 0, heartbeat: true })).toMatchObject({
          ok: true,
          rejected: [],
        });
        await settle();
        expect(a.listener.heardCalls).toEqual(["heartbeat"]);
        await send(to, { submissions: [signal(0, "b", "n")], ack: 0 });
        await settle();
        expect(a.listener.heardCalls).toEqual(["heartbeat", "request"]);
        // As a batch that waits looks how far the session is.
        await send(to, { submissions: [], ack: 0 });
        await settle();
        expect(a.listener.heardCalls).toHaveLength(2);
      }
      expect(a.listener.acceptedSeq).toBe(2);
    });
  });
}
