import { offer } from "./stage/actor.ts";
import { scenario } from "./stage/scenario.ts";

scenario(
  "one of each pair is polite: whoever joined later",
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
    alice: ["welcome alice", "1 joined: bob (impolite toward it)", "2 joined: carol (impolite toward it)"],
    bob: [
      "welcome bob, meet alice (polite toward it)",
      "1 joined: carol (impolite toward it)",
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
      "1 joined: second (impolite toward it)",
      "2 offer from second: to the name it was given",
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
    alice: ["welcome alice", "1 joined: bob (impolite toward it)"],
    bob: ["welcome bob, meet alice (polite toward it)", "1 offer from alice: still there"],
    other: ["ended ALREADY_EXISTS PEER_ID_TAKEN"],
  },
);

scenario(
  "a name whose bearer is away passes on to a newcomer",
  async (stage) => {
    const alice = await stage.join("alice");
    const tab = await stage.join("tab");
    await alice.hear();
    await tab.cut();
    await stage.attached(1);
    const reloaded = stage.enter("tab", { case: "join", value: { room: "standup", peerId: "tab" } });
    await reloaded.hear();
    await alice.hear(2);
    tab.open({ case: "resume", value: { sessionToken: tab.token, lastSeq: 0 } });
    await tab.end();
    await alice.offer(reloaded, "to the new one");
    await reloaded.hear();
  },
  {
    alice: [
      "welcome alice",
      "1 joined: tab (impolite toward it)",
      "2 left: tab REPLACED",
      "3 joined: tab (impolite toward it)",
    ],
    tab: ["welcome tab, meet alice (polite toward it)", "1 offer from alice: to the new one"],
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
      "1 joined: bob (impolite toward it)",
      "2 left: bob REPLACED",
      "3 joined: bob (impolite toward it)",
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
      "1 joined: bob (impolite toward it)",
      "2 left: bob LEFT",
      "3 joined: carol (impolite toward it)",
    ],
    bob: ["welcome bob, meet alice (polite toward it)", "ended OK", "ended NOT_FOUND SESSION_NOT_FOUND"],
    carol: ["welcome carol, meet alice (polite toward it)"],
  },
);
