import { describe, expect, test } from "vitest";
import type { PeerId, RoomName } from "../../server/src/switchboard/names.ts";
import type { Revocation } from "../../server/src/switchboard/revocation.ts";
import type { JoinIdentity } from "../../server/src/switchboard/switchboard.ts";
import type { Open } from "./bench.ts";
import { join, joinRequest, refusal, resume, submit, tryJoin, tryResume } from "./peer.ts";

const nonce = Buffer.alloc(16, 7);

function identityOf(owner: string, more: Partial<JoinIdentity> = {}): JoinIdentity {
  return { owner, trusted: {}, roomPeers: undefined, duplicates: undefined, ...more };
}
const alice = identityOf("alice");
const mallory = identityOf("mallory");

/** Sessions that belong to an owner: whom an access token names. */
export function ownershipSuite(open: Open): void {
  describe("a session that belongs to an owner", () => {
    test("is resumed by its owner only, even if another client has its token", async () => {
      const { node, otherNode } = await open();
      const a = await join(node, "room", "a", { identity: alice });
      for (const owner of ["mallory", ""]) {
        expect(refusal(await tryResume(otherNode, a.token, 0, { owner }))).toBe("SESSION_NOT_FOUND");
        expect(node.tokenFailure(a.token, owner)).toBeDefined();
      }
      expect(refusal(await submit(otherNode, a.token, []))).toBe("SESSION_NOT_FOUND");
      expect(a.listener.isLost).toBe(false);
      expect((await resume(otherNode, a.token, 0, { owner: "alice" })).attached.resumed).toBe(true);
    });

    test("is found again by the nonce of its owner only", async () => {
      const { node, otherNode, settle } = await open();
      const a = await join(node, "room", "a", { nonce, identity: alice });
      for (const identity of [mallory, undefined]) {
        const joining = { nonce, ...(identity === undefined ? {} : { identity }) };
        const stolen = await tryJoin(otherNode, joinRequest("room", "a", joining));
        expect(refusal(stolen)).toBe("PEER_ID_TAKEN");
      }
      await settle();
      expect(a.listener.isLost).toBe(false);
      const again = await join(otherNode, "room", "a", { nonce, identity: alice });
      expect(again.attached).toMatchObject({ resumed: true, token: a.token });
    });

    for (const away of [true, false]) {
      test(`keeps its name from others, ${away ? "while it is away" : "while it is connected"}`, async () => {
        const { node, otherNode, settle } = await open({ duplicatePeerId: "replace" });
        const a = await join(node, "room", "a", { nonce, identity: alice });
        if (away) a.seat.detach();
        await settle();
        for (const formerNonce of [nonce, new Uint8Array(0)]) {
          const stolen = joinRequest("room", "a", { formerNonce, identity: mallory });
          expect(refusal(await tryJoin(otherNode, stolen))).toBe("PEER_ID_TAKEN");
        }
        expect(refusal(await tryJoin(otherNode, joinRequest("room", "a")))).toBe("PEER_ID_TAKEN");
      });
    }

    test("gives its name to its owner while it is away, without a nonce", async () => {
      const { node, otherNode, settle } = await open({ duplicatePeerId: "reject" });
      const a = await join(node, "room", "a", { nonce, identity: alice });
      const early = await tryJoin(otherNode, joinRequest("room", "a", { identity: alice }));
      expect(refusal(early)).toBe("PEER_ID_TAKEN");
      a.seat.detach();
      await settle();
      const next = await join(otherNode, "room", "a", { identity: alice });
      expect(next.attached.resumed).toBe(false);
    });

    test("gives way to its owner if the token says so, and does not if it says that", async () => {
      const { node, otherNode, until } = await open({ duplicatePeerId: "reject" });
      const a = await join(node, "room", "a", { identity: alice });
      const refused = joinRequest("room", "a", { identity: identityOf("alice", { duplicates: "reject" }) });
      expect(refusal(await tryJoin(otherNode, refused))).toBe("PEER_ID_TAKEN");
      await join(otherNode, "room", "a", { identity: identityOf("alice", { duplicates: "replace" }) });
      await until(() => a.listener.isLost, "the first one is replaced");
      expect(a.listener.causeName).toBe("PEER_REPLACED");
    });

    test("leaves names without an owner to those without one", async () => {
      const { node, otherNode, settle } = await open();
      const a = await join(node, "room", "a", { nonce: new Uint8Array(0) });
      a.seat.detach();
      await settle();
      const other = await tryJoin(otherNode, joinRequest("room", "a", { identity: alice }));
      expect(refusal(other)).toBe("PEER_ID_TAKEN");
      expect(refusal(await tryJoin(otherNode, joinRequest("room", "a")))).toBe("ok");
    });
  });

  describe("what a token says of a peer", () => {
    test("is seen by the others, and no update changes it", async () => {
      const { node, otherNode, until } = await open();
      const trusted = { name: "Alice", team: "blue ü" };
      const a = await join(node, "room", "a", { identity: identityOf("alice", { trusted }) });
      const b = await join(otherNode, "room", "b");
      expect(b.attached.roster).toMatchObject([{ peerId: "a", trusted, metadata: {} }]);
      expect(a.seat.self.trusted).toEqual(trusted);
      a.seat.submit({ kind: "update", seq: 1, metadata: { mood: "good" } });
      await until(() => b.listener.roster.includes("updated a"), "the update arrives");
      const c = await join(otherNode, "room", "c");
      expect(c.attached.roster[0]).toMatchObject({ peerId: "a", trusted, metadata: { mood: "good" } });
      expect(c.attached.roster[1]).toMatchObject({ peerId: "b", trusted: {} });
    });

    test("limits the room for its own join only", async () => {
      const { node, otherNode } = await open({ roomPeers: 10 });
      await join(node, "room", "a");
      await join(node, "room", "b");
      const full = joinRequest("room", "c", { identity: identityOf("c", { roomPeers: 2 }) });
      expect(refusal(await tryJoin(otherNode, full))).toBe("ROOM_FULL");
      const wide = joinRequest("room", "d", { identity: identityOf("d", { roomPeers: 100 }) });
      expect(refusal(await tryJoin(otherNode, wide))).toBe("ok");
    });
  });

  describe("a note for the stream of the session", () => {
    test("takes a number, and reaches the stream, also by the other half on another node", async () => {
      const { node, otherNode, until } = await open();
      const a = await join(node, "room", "a");
      a.seat.submit({ kind: "note", seq: 1, text: '{"first":"ü"}' });
      await until(() => a.listener.acceptedSeq === 1, "it is accepted");
      const outcome = await submit(otherNode, a.token, [{ kind: "note", seq: 2, text: "second" }]);
      expect(outcome).toMatchObject({ ok: true, accepted: 2 });
      await until(() => a.listener.notes.length === 2, "both arrive");
      expect(a.listener.notes).toEqual(['{"first":"ü"}', "second"]);
      await submit(otherNode, a.token, [{ kind: "note", seq: 2, text: "repeated" }]);
      expect(a.listener.notes).toHaveLength(2);
    });

    test("has no effect on a session that is away", async () => {
      const { node, otherNode, settle } = await open();
      const a = await join(node, "room", "a");
      a.seat.detach();
      await settle();
      const outcome = await submit(otherNode, a.token, [{ kind: "note", seq: 1, text: "late" }]);
      expect(outcome).toMatchObject({ ok: true, accepted: 1 });
      expect(a.listener.notes).toEqual([]);
    });
  });

  test("one peer, or a whole room, is removed on whichever node it is", async () => {
    const { node, otherNode, until } = await open();
    const [a, b, c] = [
      await join(node, "room", "a"),
      await join(otherNode, "room", "b"),
      await join(node, "other", "c"),
    ];
    expect(await node.directory.end("room" as RoomName, "nobody" as PeerId, "removed")).toBe(0);
    expect(await node.directory.end("nowhere" as RoomName, undefined, "removed")).toBe(0);
    expect(await node.directory.end("room" as RoomName, "b" as PeerId, "removed")).toBe(1);
    await until(() => b.listener.isLost && a.listener.told.includes("left b REMOVED"), "both have heard");
    expect(b.listener.causeName).toBe("PEER_REMOVED");
    const d = await join(otherNode, "room", "d");
    d.seat.detach();
    await until(() => otherNode.counts().attached < 3, "it is away");
    expect(await otherNode.directory.end("room" as RoomName, undefined, "removed")).toBe(2);
    await until(() => a.listener.isLost, "it has heard");
    expect(refusal(await tryResume(node, d.token, 0))).toBe("PEER_REMOVED");
    expect(c.listener.isLost).toBe(false);
  });

  test("a revocation reaches every node, also one that starts later", async () => {
    const { node, otherNode, until } = await open();
    const heard: string[][] = [[], []];
    const note = (to: number) => (revocations: readonly Revocation[]) => {
      for (const { kind, name, atMs, untilMs } of revocations) {
        heard[to]?.push(`${kind} ${name} ${atMs} ${untilMs}`);
      }
    };
    node.watchRevocations(note(0));
    otherNode.watchRevocations(note(1));
    const far = Date.now() + 10_000_000;
    await node.revoke({ kind: "owner", name: "some one", atMs: 5, untilMs: far });
    await otherNode.revoke({ kind: "token", name: "t 1", atMs: 6, untilMs: far });
    const both = [`owner some one 5 ${far}`, `token t 1 6 ${far}`];
    // In memory, both are one node.
    const all = () => new Set(node === otherNode ? heard.flat() : heard[0]);
    await until(() => both.every((line) => all().has(line)), "the first has heard of both");
    await until(() => node === otherNode || both.every((line) => heard[1]?.includes(line)), "the second too");
  });

  test("a session that the service ends is gone for all, and its client learns why", async () => {
    const { node, otherNode, until } = await open();
    const a = await join(node, "room", "a");
    const b = await join(otherNode, "room", "b");
    a.send("b", "n1");
    a.seat.submit({ kind: "end", seq: 0, cause: "expired" });
    await until(() => a.listener.isLost && b.listener.told.length === 2, "both have heard");
    expect(a.listener.causeName).toBe("SESSION_EXPIRED");
    expect(b.listener.told.toSorted()).toEqual(["left a REMOVED", "signal n1 from a"]);
    expect(refusal(await tryResume(otherNode, a.token, 0))).toBe("SESSION_EXPIRED");
    expect(refusal(await submit(otherNode, a.token, []))).toBe("SESSION_EXPIRED");
  });
}
