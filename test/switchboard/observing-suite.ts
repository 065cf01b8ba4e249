import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { RoomName } from "../../server/src/switchboard/names.ts";
import type { Open } from "./bench.ts";
import { EventLog } from "./event-log.ts";
import { join, joinRequest, rejectable, resume, signal, submit, tryJoin } from "./peer.ts";

/** What an observer of all nodes is notified of: each event once, whichever node it is on. */
export function observingSuite(open: Open): void {
  describe("an observer", () => {
    test("sees a session begin, lose its stream, resume and leave", async () => {
      const log = new EventLog();
      const { node, otherNode, until } = await open({}, log);
      const a = await join(node, "room", "a");
      expect(log.take()).toEqual(["joined"]);
      a.seat.detach();
      await until(() => log.events.length > 0, "a is away");
      expect(log.take()).toEqual(["detached"]);
      const again = await resume(otherNode, a.token, 0);
      expect(log.take()).toEqual(["resumed"]);
      again.seat.submit({ kind: "leave", seq: 1 });
      await until(() => log.events.length > 0, "a has left");
      expect(log.take()).toEqual(["ended LEFT"]);
    });

    test("sees no loss of a stream that a newer one takes over", async () => {
      const log = new EventLog();
      const { node, otherNode, until, settle } = await open({}, log);
      const a = await join(node, "room", "a");
      await resume(otherNode, a.token, 0);
      await until(() => a.listener.isLost, "the older stream is lost");
      await settle();
      expect(log.take()).toEqual(["joined", "resumed"]);
    });

    test("sees a join that is repeated by its nonce as a resume", async () => {
      const log = new EventLog();
      const { node, settle } = await open({}, log);
      const nonce = randomBytes(16);
      await join(node, "room", "a", { nonce });
      await join(node, "room", "a", { nonce });
      await settle();
      expect(log.take()).toEqual(["joined", "resumed"]);
    });

    test("sees each signal that is stored once, and none that is repeated", async () => {
      const log = new EventLog();
      const { node, otherNode, until, settle } = await open({}, log);
      const a = await join(node, "room", "a");
      const b = await join(otherNode, "room", "b");
      log.take();
      for (let i = 1; i <= 3; i++) a.send("b", `n${i}`);
      await until(() => b.listener.relayed.length === 3, "b has all");
      await submit(otherNode, a.token, [signal(3, "b", "n3"), signal(4, "b", "n4")]);
      await submit(node, a.token, [signal(4, "b", "n4")]);
      await settle();
      expect(log.take()).toEqual(["relayed", "relayed", "relayed", "relayed"]);
    });

    test("sees each signal that is rejected, by its reason, apart from those that are stored", async () => {
      const log = new EventLog();
      const { node, until, settle } = await open({}, log);
      const a = await join(node, "room", "a");
      await join(node, "room", "b");
      log.take();
      a.send("nobody", "n1");
      a.send("b", "n2");
      a.seat.submit(rejectable(3));
      await until(() => a.listener.entries.length === 2, "a has both rejections");
      await settle();
      expect(log.take().sort()).toEqual(["rejected RECIPIENT_UNKNOWN", "rejected SDP_INVALID", "relayed"]);
    });

    test("sees a limit that is hit, beside what it refused", async () => {
      const log = new EventLog();
      const { node, until, settle } = await open({ mailboxSignals: 4 }, log);
      const a = await join(node, "room", "a");
      const b = await join(node, "room", "b", { silent: true });
      b.seat.detach();
      await settle();
      log.take();
      for (let i = 1; i <= 4; i++) a.send("b", `n${i}`);
      await until(() => a.listener.entries.length > 0, "a signal is refused");
      await settle();
      const events = log.take();
      const count = (name: string) => events.filter((event) => event === name).length;
      expect(count("relayed") + count("rejected MAILBOX_FULL")).toBe(4);
      expect(count("bounded MAILBOX_FULL")).toBe(a.listener.entries.length);
      expect(count("rejected MAILBOX_FULL")).toBe(a.listener.entries.length);
    });

    test("sees how a session ends, and why: its window", async () => {
      const log = new EventLog();
      const { node, until } = await open({ resumeWindowMs: 300 }, log);
      const a = await join(node, "room", "a");
      const witness = await join(node, "room", "witness");
      a.seat.detach();
      await until(() => witness.listener.told.includes("left a EXPIRED"), "a is gone");
      expect(log.take()).toEqual(["joined", "joined", "detached", "ended EXPIRED"]);
    });

    test("sees how a session ends, and why: a newer session, an administrator, an expired token", async () => {
      const log = new EventLog();
      const { node, otherNode, until, settle } = await open({ duplicatePeerId: "replace" }, log);
      const a = await join(node, "room", "a");
      await join(otherNode, "room", "a");
      await until(() => a.listener.isLost, "the older one is lost");
      await settle();
      expect(log.take().sort()).toEqual(["ended REPLACED PEER_REPLACED", "joined", "joined"]);
      expect(await node.directory.end("room" as RoomName, undefined, "removed")).toBe(1);
      await settle();
      expect(log.take()).toEqual(["ended REMOVED PEER_REMOVED"]);
      const b = await join(node, "room", "b");
      b.seat.submit({ kind: "end", seq: 0, cause: "expired" });
      await until(() => b.listener.isLost, "b is over");
      await settle();
      expect(log.take()).toEqual(["joined", "ended REMOVED SESSION_EXPIRED"]);
    });

    test("sees how a session ends, and why: a mailbox that overflows with rejections", async () => {
      const log = new EventLog();
      const { node, until, settle } = await open({ mailboxSignals: 2 }, log);
      const b = await join(node, "room", "b", { silent: true });
      for (let i = 1; i <= 5; i++) b.seat.submit(rejectable(i));
      await until(() => b.listener.isLost, "b is given up");
      await settle();
      const events = log.take();
      expect(events.filter((event) => event.startsWith("ended"))).toEqual([
        "ended OVERFLOWED SESSION_OVERFLOWED",
      ]);
      expect(events.filter((event) => event === "rejected SDP_INVALID")).toHaveLength(4);
    });

    test("sees nothing of a join that is refused", async () => {
      const log = new EventLog();
      const { node, settle } = await open({ roomPeers: 1 }, log);
      await join(node, "room", "a");
      await tryJoin(node, joinRequest("room", "b"));
      await settle();
      expect(log.take()).toEqual(["joined"]);
    });
  });

  test("rooms and sessions are counted as they come and go", async () => {
    const { node, until, settle } = await open({ resumeWindowMs: 10_000 });
    const a = await join(node, "room", "a");
    const b = await join(node, "room", "b");
    await join(node, "other", "c");
    expect(node.counts()).toMatchObject({ rooms: 2, attached: 3 });
    b.seat.detach();
    await settle();
    expect(node.counts()).toMatchObject({ rooms: 2, attached: 2 });
    const again = await resume(node, b.token, 0);
    const newer = await resume(node, b.token, 0);
    await until(() => again.listener.isLost, "a newer stream has the session");
    expect(node.counts()).toMatchObject({ rooms: 2, attached: 3 });
    newer.seat.submit({ kind: "leave", seq: 1 });
    await until(() => newer.listener.isLost, "b has left");
    a.seat.detach();
    await until(() => node.counts().rooms === 1, "the room is empty");
    expect(node.counts()).toEqual({ rooms: 1, sessions: 1, attached: 1, waiting: 0 });
  });
}
