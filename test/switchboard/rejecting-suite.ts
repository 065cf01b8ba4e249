import { describe, expect, test } from "vitest";
import type { Open } from "./bench.ts";
import { join, rejectable, resume, signal, submit } from "./peer.ts";

/** Rejections, and what may be acknowledged before they have arrived. */
export function rejectingSuite(open: Open): void {
  describe("rejecting", () => {
    test("a rejection repeats what its signal was about", async () => {
      const { node, otherNode, until } = await open();
      const a = await join(node, "room", "a");
      await join(otherNode, "room", "b");
      a.seat.submit(signal(1, "nobody", "n1", { toSession: 7 }));
      a.seat.submit(signal(2, "b", "x".repeat(128), { toSession: 9 }));
      a.seat.submit(signal(3, "nobody", ""));
      a.seat.submit(rejectable(4));
      await until(() => a.listener.entries.length === 4, "all are rejected");
      const bodies = a.listener.entries.map(({ response: { body } }) => body.value);
      expect(bodies).toMatchObject([
        { seq: 1, to: "nobody", toSession: 7, negotiationId: "n1" },
        { seq: 2, to: "b", toSession: 9, negotiationId: "x".repeat(128) },
        { seq: 3, to: "nobody", toSession: 0, negotiationId: "" },
        { seq: 4, to: "b", toSession: 0, negotiationId: "bad" },
      ]);
    });

    test("nothing is acknowledged beyond a signal whose rejection was not delivered", async () => {
      const { node, otherNode, until, settle } = await open();
      const a = await join(node, "room", "a", { silent: true });
      const b = await join(otherNode, "room", "b");
      a.seat.submit(signal(1, "b", "n1"));
      a.seat.submit(rejectable(2));
      a.seat.submit(signal(3, "b", "n3"));
      await until(() => b.listener.entries.length === 2, "two are there");
      await submit(otherNode, a.token, [signal(4, "b", "n4"), rejectable(5)]);
      await until(() => b.listener.entries.length === 3, "the others are there");
      await settle();
      expect(a.listener.acceptedSeq).toBe(1);
      a.listener.capacity = 1;
      a.seat.pull();
      await until(() => a.listener.acceptedSeq === 4, "the first was delivered");
      await settle();
      expect(a.listener.mail).toEqual(["rejected 2 SDP_INVALID"]);
      expect(a.listener.acceptedSeq).toBe(4);
      a.listener.capacity = 10;
      a.seat.pull();
      await until(() => a.listener.acceptedSeq === 5, "all were delivered");
    });

    test("a stream that comes back acknowledges no more than its rejections allow", async () => {
      const { node, otherNode, until } = await open();
      const a = await join(node, "room", "a");
      await join(node, "room", "b");
      a.seat.submit(signal(1, "b", "n1"));
      a.seat.submit(rejectable(2));
      a.seat.submit(signal(3, "b", "n3"));
      await until(() => a.listener.acceptedSeq === 3 && a.listener.entries.length === 1, "all is taken");
      // Its client has not seen the rejection: the connection broke first.
      a.seat.detach();
      const back = await resume(otherNode, a.token, 0, { acked: 1, silent: true });
      expect(back.attached.accepted).toBe(1);
      back.seat.pull();
      await until(() => back.listener.acceptedSeq === 3, "the rejection came again");
      expect(back.listener.mail).toEqual(["rejected 2 SDP_INVALID"]);
      const again = await resume(node, a.token, 1);
      expect(again.attached.accepted).toBe(3);
    });

    test("a batch learns its own rejections at once", async () => {
      const { node } = await open();
      const a = await join(node, "room", "a", { silent: true });
      const outcome = await submit(node, a.token, [rejectable(1), signal(2, "nobody", "n2")]);
      expect(outcome).toMatchObject({ ok: true, accepted: 2, rejected: [{ seq: 1 }, { seq: 2 }] });
    });
  });
}
