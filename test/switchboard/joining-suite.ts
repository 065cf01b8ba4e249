import { fromBinary } from "@bufbuild/protobuf";
import { SignalResponseSchema } from "@parley/contract";
import { describe, expect, test } from "vitest";
import type { Open } from "./bench.ts";
import { Listener } from "./listener.ts";
import { join, joinRequest, refusal, resume, tryJoin, tryResume } from "./peer.ts";

/** The roster of a room: who is in it, who comes and who goes. */
export function joiningSuite(open: Open): void {
  describe("joining", () => {
    test("the first peer of a room finds nobody, the next ones find those before them, in order", async () => {
      const { node, otherNode } = await open();
      const a = await join(node, "room", "a", { metadata: { color: "red", hue: "öñ" } });
      const b = await join(otherNode, "room", "b");
      const c = await join(node, "room", "c");
      expect(a.attached.resumed).toBe(false);
      expect(a.attached.accepted).toBe(0);
      expect(a.attached.roster).toEqual([]);
      expect(b.attached.roster).toEqual([a.seat.self]);
      expect(c.attached.roster).toEqual([a.seat.self, b.seat.self]);
      expect(c.attached.roster[0]?.metadata).toEqual({ color: "red", hue: "öñ" });
    });

    test("joinedAt rises strictly, however fast peers join", async () => {
      const { node, otherNode } = await open();
      const joins = Array.from({ length: 20 }, (_, i) => join(i % 2 ? node : otherNode, "room", `p${i}`));
      const peers = await Promise.all(joins);
      const times = peers.map(({ seat }) => seat.self.joinedAt).sort((x, y) => x - y);
      expect(new Set(times).size).toBe(20);
      const last = peers.find(({ seat }) => seat.self.joinedAt === times.at(-1));
      expect(last?.attached.roster.map(({ joinedAt }) => joinedAt)).toEqual(times.slice(0, -1));
    });

    test("sessions are numbered in their room, and a name has another number with each session", async () => {
      const { node, otherNode, until } = await open();
      const a = await join(node, "room", "a");
      const b = await join(otherNode, "room", "b");
      const elsewhere = await join(node, "other", "b");
      b.seat.submit({ kind: "leave", seq: 1 });
      await until(() => b.listener.isLost, "b is gone");
      const again = await join(node, "room", "b");
      expect([a, b, again, elsewhere].map(({ seat }) => seat.self.session)).toEqual([1, 2, 3, 1]);
      expect((await resume(otherNode, again.token, 0)).seat.self.session).toBe(3);
    });

    test("those who are there are notified of a newcomer, once, and the newcomer is not", async () => {
      const { node, otherNode, until, settle } = await open();
      const a = await join(node, "room", "a");
      const b = await join(otherNode, "room", "b", { metadata: { color: "blue" } });
      await until(() => a.listener.told.length > 0, "a hears of b");
      await settle();
      expect(a.listener.told).toEqual(["joined b"]);
      expect(a.listener.entries).toEqual([]);
      expect(b.listener.told).toEqual([]);
      const [change] = a.listener.changes;
      expect(change).toMatchObject({ kind: "joined", member: b.seat.self });
      const { body } = fromBinary(SignalResponseSchema, change?.encoded ?? new Uint8Array(0));
      if (body.case !== "peerJoined") throw new Error("not a PeerJoined");
      expect(body.value.peer).toMatchObject({
        peerId: "b",
        session: 2,
        metadata: { color: "blue" },
        youArePolite: false,
      });
      const { seconds = 0n, nanos = 0 } = body.value.peer?.joinedAt ?? {};
      expect(Number(seconds) * 1e6 + nanos / 1000).toBe(b.seat.self.joinedAt);
    });

    test("rooms do not hear of one another", async () => {
      const { node, settle } = await open();
      const a = await join(node, "room", "a");
      const b = await join(node, "other", "b");
      await settle();
      expect(b.attached.roster).toEqual([]);
      expect(a.listener.told).toEqual([]);
    });

    test("a peer that chose no name gets one", async () => {
      const { node } = await open();
      const a = await join(node, "room", undefined);
      const b = await join(node, "room", undefined);
      expect(a.name).not.toBe("");
      expect(b.attached.roster).toEqual([a.seat.self]);
    });

    test("those who stay learn who left, and the one who left is done", async () => {
      const { node, otherNode, until, settle } = await open();
      const a = await join(node, "room", "a");
      const b = await join(otherNode, "room", "b");
      b.seat.submit({ kind: "leave", seq: 1 });
      await until(() => b.listener.isLost && a.listener.told.length === 2, "b is gone");
      expect(b.listener.cause).toBeUndefined();
      expect(b.listener.acceptedSeq).toBe(1);
      expect(a.listener.told).toEqual(["joined b", "left b LEFT"]);
      expect(refusal(await tryResume(node, b.token, 0))).toBe("SESSION_NOT_FOUND");
      b.seat.detach();
      await settle();
      expect(b.listener.afterLost).toEqual([]);
      expect((await join(node, "room", "c")).attached.roster).toEqual([a.seat.self]);
    });

    test("a room is empty again when its last peer has left", async () => {
      const { node, until } = await open();
      const a = await join(node, "room", "a");
      a.seat.submit({ kind: "leave", seq: 1 });
      await until(() => a.listener.isLost, "a is gone");
      const b = await join(node, "room", "a");
      expect(b.attached.roster).toEqual([]);
      expect(b.attached.resumed).toBe(false);
      expect(b.listener.entries).toEqual([]);
    });

    test("no signal is delivered before the first pull, and all are after it", async () => {
      const { node, otherNode, until, settle } = await open();
      const listener = new Listener();
      const outcome = await tryJoin(node, joinRequest("room", "a"), listener);
      if (!outcome.ok) throw new Error(outcome.failure.message);
      const b = await join(otherNode, "room", "b");
      b.send("a", "n1");
      await until(() => b.listener.acceptedSeq === 1, "it is stored");
      await settle();
      expect(listener.told).toEqual(["joined b"]);
      outcome.seat.pull();
      await until(() => listener.entries.length === 1, "it is there");
      expect(listener.told).toEqual(["joined b", "signal n1 from b"]);
    });

    test("a newcomer is known before its first signal, to those who read and to those who read later", async () => {
      const { node, otherNode, until } = await open();
      const a = await join(node, "room", "a");
      const b = await join(otherNode, "room", "b", { silent: true });
      for (let i = 0; i < 10; i++) {
        const newcomer = await join(i % 2 ? node : otherNode, "room", `c${i}`);
        newcomer.send("a", `n${i}`);
        newcomer.send("b", `n${i}`);
      }
      b.seat.pull();
      await until(() => a.listener.told.length === 21 && b.listener.told.length === 20, "all is there");
      for (const { told } of [a.listener, b.listener]) {
        for (let i = 0; i < 10; i++) {
          expect(told.indexOf(`joined c${i}`)).toBeLessThan(told.indexOf(`signal n${i} from c${i}`));
        }
      }
    });

    test("roster changes do not wait for one who does not pull, and nothing of them is kept for one who is away", async () => {
      const { node, otherNode, until } = await open({ mailboxSignals: 2 });
      const slow = await join(node, "room", "slow", { silent: true });
      const away = await join(node, "room", "away");
      away.seat.detach();
      for (let i = 0; i < 20; i++) {
        const guest = await join(otherNode, "room", `guest${i}`);
        guest.seat.submit({ kind: "leave", seq: 1 });
      }
      await until(() => slow.listener.told.length === 41, "slow hears of all");
      const back = await resume(node, away.token, 0);
      expect(back.attached.roster).toEqual([slow.seat.self]);
      expect(back.listener.told).toEqual([]);
    });

    test("a node counts what it has", async () => {
      const { node } = await open();
      await join(node, "room", "a");
      await join(node, "room", "b");
      await join(node, "other", "c");
      expect(node.counts()).toEqual({ rooms: 2, sessions: 3, attached: 3, waiting: 0 });
    });

    test("an engine that works says so", async () => {
      const { node, otherNode } = await open();
      await Promise.all([node.probe(), otherNode.probe()]);
    });
  });
}
