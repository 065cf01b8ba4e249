import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { PeerSchema, type Welcome, WelcomeSchema } from "@parley/contract";
import { expect, test } from "vitest";
import { fakePeer } from "../testing/fake-transport.ts";
import { Roster } from "./roster.ts";

function welcome(rosterVersion: number, ...peers: MessageInitShape<typeof PeerSchema>[]): Welcome {
  return create(WelcomeSchema, { rosterVersion, peers, you: fakePeer("self", 50) });
}

function peer(peerId: string, joinedAtMs: number) {
  return create(PeerSchema, fakePeer(peerId, joinedAtMs));
}

const names = (peers: readonly { peerId: string }[]) => peers.map(({ peerId }) => peerId);

test("the first Welcome brings everybody who is there", () => {
  const roster = new Roster();
  const { joined, left } = roster.welcome(welcome(7, fakePeer("a", 1), fakePeer("b", 2)));
  expect([names(joined), names(left)]).toEqual([["a", "b"], []]);
  expect(joined[0]).toMatchObject({ polite: true, session: 2, joinedAt: new Date(1) });
  expect([...roster.peers.keys()]).toEqual(["a", "b"]);
  expect(roster.version).toBe(7);
});

test("a later Welcome brings the difference", () => {
  const roster = new Roster();
  roster.welcome(welcome(7, fakePeer("a", 1), fakePeer("b", 2)));
  const { joined, left } = roster.welcome(welcome(9, fakePeer("b", 2), fakePeer("c", 60)));
  expect([names(joined), names(left)]).toEqual([["c"], ["a"]]);
});

test("a Welcome whose roster is unchanged changes nothing", () => {
  const roster = new Roster();
  roster.welcome(welcome(7, fakePeer("a", 1)));
  const again = create(WelcomeSchema, { rosterVersion: 7, rosterUnchanged: true });
  expect(roster.welcome(again)).toEqual({ joined: [], updated: [], left: [] });
  expect([...roster.peers.keys()]).toEqual(["a"]);
});

test("the same name with another session is another peer", () => {
  const roster = new Roster();
  const [before] = roster.welcome(welcome(7, fakePeer("a", 1))).joined;
  const { joined, left } = roster.welcome(welcome(9, fakePeer("a", 60)));
  expect([names(joined), names(left)]).toEqual([["a"], ["a"]]);
  expect(left[0]).toBe(before);
});

test("peers come and go, and only the session that left is gone", () => {
  const roster = new Roster();
  roster.welcome(welcome(7, fakePeer("a", 1)));
  expect(roster.joined(peer("x", 60))).toMatchObject({ peerId: "x", session: 61 });
  expect(roster.left("a", 1)).toBeUndefined();
  expect(roster.left("a", 2)).toMatchObject({ peerId: "a" });
  expect([...roster.peers.keys()]).toEqual(["x"]);
});

test("a signal of a former session is not taken for one of the peer that has its name now", () => {
  const roster = new Roster();
  roster.welcome(welcome(7, fakePeer("a", 60)));
  expect(roster.sender("a", 2)).toBeUndefined();
  expect(roster.sender("a", 61)).toMatchObject({ joinedAt: new Date(60) });
});

test("a peer stays the same object when it updates its metadata", () => {
  const roster = new Roster();
  const [info] = roster.welcome(welcome(7, fakePeer("a", 1))).joined;
  expect(roster.updated({ peerId: "a", session: 9, metadata: { muted: "yes" } })).toBeUndefined();
  expect(roster.updated({ peerId: "a", session: 2, metadata: { muted: "yes" } })).toBe(info);
  expect(info?.metadata).toEqual({ muted: "yes" });
  roster.welcome(welcome(9, { ...fakePeer("a", 1), metadata: { muted: "no" } }));
  expect(info?.metadata).toEqual({ muted: "no" });
});
