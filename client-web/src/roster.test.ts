import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { PeerSchema, type Welcome, WelcomeSchema } from "@parley/contract";
import { expect, test } from "vitest";
import { fakePeer } from "./fake-transport.ts";
import { Roster } from "./roster.ts";

function welcome(rosterSeq: number, ...peers: MessageInitShape<typeof PeerSchema>[]): Welcome {
  return create(WelcomeSchema, { rosterSeq, peers, you: fakePeer("self", 50) });
}

function peer(peerId: string, joinedAtMs: number) {
  return create(PeerSchema, fakePeer(peerId, joinedAtMs));
}

const names = (peers: readonly { peerId: string }[]) => peers.map(({ peerId }) => peerId);

test("the first Welcome tells of everybody who is there", () => {
  const roster = new Roster();
  const { joined, left } = roster.welcome(welcome(0, fakePeer("a", 1), fakePeer("b", 2)));
  expect([names(joined), names(left)]).toEqual([["a", "b"], []]);
  expect(joined[0]).toMatchObject({ polite: true, joinedAt: new Date(1) });
  expect([...roster.peers.keys()]).toEqual(["a", "b"]);
});

test("a later Welcome tells the difference", () => {
  const roster = new Roster();
  roster.welcome(welcome(0, fakePeer("a", 1), fakePeer("b", 2)));
  const { joined, left } = roster.welcome(welcome(5, fakePeer("b", 2), fakePeer("c", 60)));
  expect([names(joined), names(left)]).toEqual([["c"], ["a"]]);
});

test("the same name with another time of joining is another peer", () => {
  const roster = new Roster();
  const [before] = roster.welcome(welcome(0, fakePeer("a", 1))).joined;
  const { joined, left } = roster.welcome(welcome(5, fakePeer("a", 60)));
  expect([names(joined), names(left)]).toEqual([["a"], ["a"]]);
  expect(left[0]).toBe(before);
});

test("two joins of the same millisecond are told apart", () => {
  const roster = new Roster();
  roster.welcome(welcome(0, { peerId: "a", joinedAt: { seconds: 1n, nanos: 1000 } }));
  const { joined } = roster.welcome(welcome(5, { peerId: "a", joinedAt: { seconds: 1n, nanos: 2000 } }));
  expect(names(joined)).toEqual(["a"]);
});

test("who came and went before the roster was taken is not told again", () => {
  const roster = new Roster();
  roster.welcome(welcome(5, fakePeer("a", 1)));
  expect(roster.left(4, "a")).toBeUndefined();
  expect(roster.joined(5, peer("x", 60))).toBeUndefined();
  expect([...roster.peers.keys()]).toEqual(["a"]);
  expect(roster.joined(6, peer("x", 70))).toMatchObject({ peerId: "x" });
  expect(roster.left(7, "a")).toMatchObject({ peerId: "a" });
});

test("a replayed signal of a predecessor is not taken for one of the peer that bears its name now", () => {
  const roster = new Roster();
  roster.welcome(welcome(0, fakePeer("a", 1)));
  roster.welcome(welcome(9, fakePeer("a", 60)));
  expect(roster.sender("a")).toBeUndefined();
  roster.left(7, "a");
  expect(roster.joined(8, peer("a", 60))).toBeUndefined();
  expect(roster.sender("a")).toMatchObject({ joinedAt: new Date(60) });
});
