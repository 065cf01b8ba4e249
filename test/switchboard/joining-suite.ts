import { Reason } from "@parley/contract";
import { describe, expect, test } from "vitest";
import type { SubmitOutcome } from "../../server/src/switchboard/switchboard.ts";
import { Listener } from "./listener.ts";
import { join, joinRequest, refusal, resume, signal, submit, tryJoin, tryResume } from "./peer.ts";
import type { Open } from "./switchboard-suite.ts";

/** Who is in a room, who came and who went. */
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

    test("those who are there are told of a newcomer, once, and the newcomer is not", async () => {
      const { node, otherNode, until, settle } = await open();
      const a = await join(node, "room", "a");
      const b = await join(otherNode, "room", "b", { metadata: { color: "blue" } });
      await until(() => a.listener.entries.length > 0, "a hears of b");
      await settle();
      expect(a.listener.told).toEqual(["joined b"]);
      expect(b.listener.told).toEqual([]);
      const peer = a.listener.entries[0]?.response.body;
      if (peer?.case !== "peerJoined") throw new Error("not a PeerJoined");
      expect(peer.value.peer).toMatchObject({
        peerId: "b",
        metadata: { color: "blue" },
        youArePolite: false,
      });
      const { seconds = 0n, nanos = 0 } = peer.value.peer?.joinedAt ?? {};
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

    test("those who stay are told who left, and the one who left is done", async () => {
      const { node, otherNode, until, settle } = await open();
      const a = await join(node, "room", "a");
      const b = await join(otherNode, "room", "b");
      b.seat.submit({ kind: "leave", seq: 1 });
      await until(() => b.listener.isLost && a.listener.entries.length === 2, "b is gone");
      expect(b.listener.cause).toBeUndefined();
      expect(b.listener.acceptedSeq).toBe(1);
      expect(a.listener.told).toEqual(["joined b", "left b LEFT"]);
      expect(refusal(await tryResume(node, b.token, 0))).toBe("SESSION_NOT_FOUND");
      b.seat.detach();
      await settle();
      expect(b.listener.afterLost).toEqual([]);
      expect((await join(node, "room", "c")).attached.roster).toEqual([a.seat.self]);
    });

    test("a repeated join is the same session: nobody hears of it, and both tokens are valid", async () => {
      const { node, otherNode, until, settle } = await open();
      const nonce = Buffer.alloc(16, 7);
      const a = await join(node, "room", "a");
      const b = await join(node, "room", "b", { nonce, metadata: { x: "1", y: "2" } });
      const again = await join(otherNode, "room", "b", { nonce, metadata: { y: "2", x: "1" } });
      await until(() => b.listener.isLost, "the first stream is replaced");
      expect(b.listener.causeName).toBe("SESSION_REPLACED");
      expect(again.attached.resumed).toBe(true);
      expect(again.seat.self).toEqual(b.seat.self);
      await settle();
      expect(a.listener.told).toEqual(["joined b"]);
      expect(refusal(await submit(node, b.token, []))).toBe("ok");
      expect(refusal(await submit(node, again.token, []))).toBe("ok");
    });

    test("a repeated join of a peer without a name keeps the name it got", async () => {
      const { node, otherNode } = await open();
      const nonce = Buffer.alloc(16, 8);
      const a = await join(node, "room", undefined, { nonce });
      const again = await join(otherNode, "room", undefined, { nonce });
      expect(again.name).toBe(a.name);
    });

    test("a repeated join gets from the start what came meanwhile", async () => {
      const { node, until } = await open();
      const nonce = Buffer.alloc(16, 9);
      const a = await join(node, "room", "a", { nonce });
      await join(node, "room", "b");
      await until(() => a.listener.entries.length === 1, "a hears of b");
      const again = await join(node, "room", "a", { nonce });
      await until(() => again.listener.entries.length === 1, "a hears of b again");
      expect(again.listener.seqs).toEqual([1]);
      expect(again.attached.rosterSeq).toBe(1);
    });

    test("a nonce cannot be used for another join", async () => {
      const { node, otherNode, settle } = await open();
      const nonce = Buffer.alloc(16, 10);
      const a = await join(node, "room", "a", { nonce, metadata: { color: "red" } });
      const differently = joinRequest("room", "a", { nonce, metadata: { color: "blue" } });
      expect(refusal(await tryJoin(otherNode, differently))).toBe("NONCE_REUSED");
      expect(refusal(await tryJoin(node, joinRequest("room", "b", { nonce })))).toBe("NONCE_REUSED");
      await settle();
      expect(a.listener.isLost).toBe(false);
    });

    test("the same nonce in another room is another session", async () => {
      const { node } = await open();
      const nonce = Buffer.alloc(16, 11);
      const a = await join(node, "room", "a", { nonce });
      const b = await join(node, "other", "a", { nonce });
      expect(b.attached.resumed).toBe(false);
      expect(a.listener.isLost).toBe(false);
    });

    test("joins without a nonce are never the same", async () => {
      const { node } = await open();
      const nonce = new Uint8Array(0);
      const a = await join(node, "room", undefined, { nonce });
      const b = await join(node, "room", undefined, { nonce });
      expect(b.name).not.toBe(a.name);
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

    test("nothing is delivered before the first pull, and everything after it", async () => {
      const { node, otherNode, until, settle } = await open();
      const listener = new Listener();
      const outcome = await tryJoin(node, joinRequest("room", "a"), listener);
      if (!outcome.ok) throw new Error(outcome.failure.message);
      await join(otherNode, "room", "b");
      await settle();
      expect(listener.entries).toEqual([]);
      outcome.seat.pull();
      await until(() => listener.entries.length === 1, "a hears of b");
      expect(listener.told).toEqual(["joined b"]);
    });

    test("a node counts what it has", async () => {
      const { node } = await open();
      await join(node, "room", "a");
      await join(node, "room", "b");
      await join(node, "other", "c");
      expect(node.counts()).toEqual({ rooms: 2, sessions: 3, attached: 3 });
    });

    test("an engine that works says so", async () => {
      const { node, otherNode } = await open();
      await Promise.all([node.probe(), otherNode.probe()]);
    });

    test("a token of another service, another session or another secret opens nothing", async () => {
      const { node } = await open();
      const a = await join(node, "room", "a");
      const b = await join(node, "room", "b");
      const [address, id, secret, mark] = a.token.split(".");
      const [addressOfB, idOfB, secretOfB] = b.token.split(".");
      const malformed = ["", "x", `${address}.${id}`, `${a.token}.x`, `${address}.${id}.short.${mark}`];
      malformed.push(`${address}.${id}.${secret}`, `${address}.${id}.${secret}.short`);
      // An address is a room and a peer, in base64.
      for (const other of [
        "",
        "~~~",
        "room/a",
        encoded("room"),
        encoded("room/"),
        encoded("/a"),
        encoded("room/a/x"),
        `${address}==`,
      ])
        malformed.push(`${other}.${id}.${secret}.${mark}`);
      for (const token of malformed) {
        expect(refusal(await tryResume(node, token, 0))).toBe("SESSION_TOKEN_INVALID");
        expect(refusal(await submit(node, token, []))).toBe("SESSION_TOKEN_INVALID");
        expect(node.tokenFailure(token)).toMatchObject({ reason: Reason.SESSION_TOKEN_INVALID });
      }
      expect(node.tokenFailure(a.token)).toBeUndefined();
      for (const unmarked of [
        `${address}.${id}.${secretOfB}`,
        `${address}.${idOfB}.${secret}`,
        `${addressOfB}.${id}.${secretOfB}`,
        `${addressOfB}.${id}.${secret}`,
        `${encoded("room/nobody")}.${id}.${secret}`,
        `${encoded("other/a")}.${id}.${secret}`,
      ]) {
        const token = `${unmarked}.${mark}`;
        expect(node.tokenFailure(token)).toMatchObject({ reason: Reason.SESSION_NOT_FOUND });
        expect(refusal(await tryResume(node, token, 0))).toBe("SESSION_NOT_FOUND");
        expect(refusal(await submit(node, token, []))).toBe("SESSION_NOT_FOUND");
      }
      expect((await resume(node, a.token, 0)).name).toBe("a");
    });

    test("the mark of a token is that of its service, on every node, and of no other", async () => {
      const [here, there] = [await open(), await open()];
      const a = await join(here.node, "room", "a");
      expect(here.otherNode.tokenFailure(a.token)).toBeUndefined();
      expect(there.node.tokenFailure(a.token)).toMatchObject({ reason: Reason.SESSION_NOT_FOUND });
      expect(refusal(await tryResume(there.node, a.token, 0))).toBe("SESSION_NOT_FOUND");
    });

    test("a peer cannot send under the name of another by a change of its token", async () => {
      const { node, otherNode, settle } = await open();
      const a = await join(node, "room", "a");
      const b = await join(node, "room", "b");
      const c = await join(otherNode, "room", "c");
      const [, id, secret, mark] = a.token.split(".");
      const [addressOfB] = b.token.split(".");
      const forged = `${addressOfB}.${id}.${secret}.${mark}`;
      expect(refusal(await submit(otherNode, forged, []))).toBe("SESSION_NOT_FOUND");
      // Even with a valid mark, the engine compares the name with that of the session.
      const batch = { submissions: [signal(1, c.name, "forged")], ack: 0 };
      const outcome = await new Promise<SubmitOutcome>((resolve) => otherNode.submit(forged, batch, resolve));
      expect(refusal(outcome)).toBe("SESSION_NOT_FOUND");
      await settle();
      expect(c.listener.relayed).toEqual([]);
    });
  });
}

function encoded(address: string): string {
  return Buffer.from(address).toString("base64url");
}
