import { randomBytes } from "node:crypto";
import { offer, update } from "./stage/actor.ts";
import { scenario } from "./stage/scenario.ts";
import { joinOf } from "./stage/stage.ts";

scenario(
  "one of each pair is polite: the one that joined later",
  async (stage) => {
    const alice = await stage.join("alice");
    const bob = await stage.join("bob");
    await alice.hear();
    await stage.join("carol");
    await alice.hear();
    await bob.hear();
    // A resume changes nothing of it.
    await bob.cut();
    await bob.resume();
  },
  {
    alice: ["welcome alice", "joined: bob (impolite toward it)", "joined: carol (impolite toward it)"],
    bob: [
      "welcome bob, meet alice (polite toward it)",
      "joined: carol (impolite toward it)",
      "welcome back bob, meet alice (polite toward it); carol (impolite toward it)",
    ],
    carol: ["welcome carol, meet alice (polite toward it); bob (polite toward it)"],
  },
);

scenario(
  "a peer without a name of its own is named by the server, each by another",
  async (stage) => {
    const first = await stage.join("first", { named: false });
    const second = await stage.join("second", { named: false });
    await first.hear();
    await second.send(offer(first, "to the name it was given"));
    await first.hear();
  },
  {
    first: [
      "welcome first",
      "joined: second (impolite toward it)",
      "1 offer from second: to the name it was given",
    ],
    second: ["welcome second, meet first (polite toward it)"],
  },
);

scenario(
  "by default a name that a connected peer bears is refused, and nobody else is disturbed",
  async (stage) => {
    const alice = await stage.join("alice");
    const bob = await stage.join("bob");
    await alice.hear();
    const other = stage.enter("other", { case: "join", value: { room: "standup", peerId: "bob" } });
    await other.end();
    await alice.offer(bob, "still there");
    await bob.hear();
  },
  {
    alice: ["welcome alice", "joined: bob (impolite toward it)"],
    bob: ["welcome bob, meet alice (polite toward it)", "1 offer from alice: still there"],
    other: ["ended ALREADY_EXISTS PEER_ID_TAKEN"],
  },
);

const none = new Uint8Array(0);
const former = randomBytes(16);

scenario(
  "the name of a peer that is away is kept for it, and goes to the page that was reloaded",
  async (stage) => {
    const alice = await stage.join("alice");
    const tab = await stage.join("tab", { nonce: former });
    await alice.hear();
    await tab.cut();
    await stage.attached(1);
    const thief = stage.enter("thief", { case: "join", value: { room: "standup", peerId: "tab" } });
    await thief.end();
    const reloaded = await stage.join("tab", { formerNonce: former });
    await alice.hear(2);
    tab.open({ case: "resume", value: { sessionToken: tab.token, lastSeq: 0 } });
    await tab.end();
    await alice.offer(reloaded, "to the new one");
    await reloaded.hear();
    await reloaded.offer(alice, "its first");
    await alice.hear();
  },
  {
    alice: [
      "welcome alice",
      "joined: tab (impolite toward it)",
      "left: tab REPLACED",
      "joined: tab (impolite toward it)",
      "1 offer from tab: its first",
    ],
    thief: ["ended ALREADY_EXISTS PEER_ID_TAKEN"],
    tab: ["welcome tab, meet alice (polite toward it)", "1 offer from alice: to the new one"],
  },
);

scenario(
  "a peer that is still connected gives way to the join that proves to be its successor",
  async (stage) => {
    const alice = await stage.join("alice");
    const tab = await stage.join("tab", { nonce: former });
    await alice.hear();
    const reloaded = stage.enter("reloaded", {
      case: "join",
      ...joinOf("tab", { formerNonce: former }),
    });
    await reloaded.hear();
    await tab.end();
    await alice.hear(2);
  },
  {
    alice: [
      "welcome alice",
      "joined: tab (impolite toward it)",
      "left: tab REPLACED",
      "joined: tab (impolite toward it)",
    ],
    tab: ["welcome tab, meet alice (polite toward it)", "ended ABORTED PEER_REPLACED"],
    reloaded: ["welcome tab, meet alice (polite toward it)"],
  },
);

scenario(
  "the name of a peer that joined without a nonce passes on to any newcomer while it is away",
  async (stage) => {
    const alice = await stage.join("alice");
    const simple = await stage.join("simple", { nonce: none });
    await alice.hear();
    await simple.cut();
    await stage.attached(1);
    const next = stage.enter("next", { case: "join", ...joinOf("simple") });
    await next.hear();
    await alice.hear(2);
  },
  {
    alice: [
      "welcome alice",
      "joined: simple (impolite toward it)",
      "left: simple REPLACED",
      "joined: simple (impolite toward it)",
    ],
    simple: ["welcome simple, meet alice (polite toward it)"],
    next: ["welcome simple, meet alice (polite toward it)"],
  },
);

scenario(
  "a peer that updates its metadata is seen with it by those who are there and those who come",
  async (stage) => {
    const alice = await stage.join("alice");
    const bob = await stage.join("bob", { metadata: { name: "Bob" } });
    await alice.hear();
    await bob.send(update({ name: "Bob", muted: "yes" }), offer(alice, "and an offer"));
    await bob.acked();
    await alice.hear(2);
    await stage.join("carol");
    await alice.hear();
    await bob.hear();
    await bob.send(update({}));
    await alice.hear();
  },
  {
    alice: [
      "welcome alice",
      'joined: bob {"name":"Bob"} (impolite toward it)',
      'updated: bob {"name":"Bob","muted":"yes"}',
      "1 offer from bob: and an offer",
      "joined: carol (impolite toward it)",
      "updated: bob {}",
    ],
    bob: ["welcome bob, meet alice (polite toward it)", "joined: carol (impolite toward it)"],
    carol: [
      'welcome carol, meet alice (polite toward it); bob {"name":"Bob","muted":"yes"} (polite toward it)',
      "updated: bob {}",
    ],
  },
);

scenario(
  "an update whose metadata is too large is rejected, and nothing changes",
  async (stage) => {
    const alice = await stage.join("alice");
    const bob = await stage.join("bob");
    await alice.hear();
    await bob.send(update({ key: "x".repeat(4094) }), offer(alice, "an offer"));
    await bob.hear();
    await alice.hear();
  },
  {
    alice: ["welcome alice", "joined: bob (impolite toward it)", "1 offer from bob: an offer"],
    bob: ["welcome bob, meet alice (polite toward it)", "1 rejected 1: METADATA_INVALID"],
  },
);

scenario(
  "a signal to a session that is gone is rejected, although its name has another holder",
  async (stage) => {
    const alice = await stage.join("alice");
    const bob = await stage.join("bob", { nonce: former });
    await alice.hear();
    await alice.send({ ...offer(bob, "to this one"), toSession: bob.session });
    await bob.hear();
    const next = await stage.join("next", { way: stage.way, named: false });
    await alice.hear();
    await bob.hear();
    await bob.leave();
    await alice.hear();
    await next.hear();
    const again = stage.enter("bob", { case: "join", ...joinOf("bob") });
    await again.hear();
    await alice.hear();
    await alice.send(
      { ...offer(bob, "to the former one"), toSession: bob.session },
      { ...offer(again, "to its successor"), toSession: again.session },
    );
    await alice.hear();
    await again.hear();
  },
  {
    alice: [
      "welcome alice",
      "joined: bob (impolite toward it)",
      "joined: next (impolite toward it)",
      "left: bob LEFT",
      "joined: bob (impolite toward it)",
      "1 rejected 2: RECIPIENT_UNKNOWN",
    ],
    bob: [
      "welcome bob, meet alice (polite toward it); next (polite toward it)",
      "1 offer from alice: to its successor",
    ],
    next: [
      "welcome next, meet alice (polite toward it); bob (polite toward it)",
      "left: bob LEFT",
      "joined: bob (impolite toward it)",
    ],
  },
);

scenario(
  "a peer that comes back and knows the roster does not get it again, unless it has changed",
  async (stage) => {
    const alice = await stage.join("alice");
    const bob = await stage.join("bob");
    await alice.hear();
    await bob.cut();
    await bob.comeBack();
    await bob.cut();
    await stage.attached(1);
    await alice.send(update({ muted: "yes" }));
    await alice.acked();
    await bob.comeBack();
  },
  {
    alice: ["welcome alice", "joined: bob (impolite toward it)"],
    bob: [
      "welcome bob, meet alice (polite toward it)",
      "welcome back bob, meet the same as before",
      'welcome back bob, meet alice {"muted":"yes"} (polite toward it)',
    ],
  },
);

scenario(
  "where the server replaces, a newcomer takes the name of a connected peer",
  async (stage) => {
    const alice = await stage.join("alice");
    const old = await stage.join("bob");
    await alice.hear();
    const young = stage.enter("young bob", { case: "join", value: { room: "standup", peerId: "bob" } });
    await young.hear();
    await old.end();
    await alice.hear(2);
  },
  {
    alice: [
      "welcome alice",
      "joined: bob (impolite toward it)",
      "left: bob REPLACED",
      "joined: bob (impolite toward it)",
    ],
    bob: ["welcome bob, meet alice (polite toward it)", "ended ABORTED PEER_REPLACED"],
    "young bob": ["welcome bob, meet alice (polite toward it)"],
  },
  { flags: ["--duplicate-peer-id", "replace"] },
);

scenario(
  "who leaves is gone at once, and its session with it",
  async (stage) => {
    const alice = await stage.join("alice");
    const bob = await stage.join("bob");
    await alice.hear();
    await bob.leave();
    await alice.hear();
    bob.open({ case: "resume", value: { sessionToken: bob.token, lastSeq: 0 } });
    await bob.end();
    await stage.join("carol");
    await alice.hear();
  },
  {
    alice: [
      "welcome alice",
      "joined: bob (impolite toward it)",
      "left: bob LEFT",
      "joined: carol (impolite toward it)",
    ],
    bob: ["welcome bob, meet alice (polite toward it)", "ended OK", "ended NOT_FOUND SESSION_NOT_FOUND"],
    carol: ["welcome carol, meet alice (polite toward it)"],
  },
);
