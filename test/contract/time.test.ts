import { offer, update } from "./stage/actor.ts";
import { polls, scenario } from "./stage/scenario.ts";

scenario(
  "a quiet stream is kept awake by a heartbeat in every interval",
  async (stage) => {
    const alice = await stage.join("alice");
    stage.pass(14_900);
    const bob = await stage.join("bob");
    await alice.hear();
    // Alice heard something just now, and so hears the heartbeat an interval after it.
    stage.pass(14_900);
    await bob.offer(alice, "not quiet");
    await alice.hear();
    await bob.acked();
    stage.pass(15_100);
    await alice.hear();
    await bob.hear();
    stage.pass(15_100);
    await alice.hear();
    await bob.hear();
  },
  {
    alice: [
      "welcome alice",
      "joined: bob (impolite toward it)",
      "1 offer from bob: not quiet",
      "heartbeat",
      "heartbeat",
    ],
    bob: ["welcome bob, meet alice (polite toward it)", "heartbeat", "heartbeat"],
  },
);

scenario(
  "a client that never heartbeats is not expected to",
  async (stage) => {
    const alice = await stage.join("alice");
    for (let minute = 0; minute < 3; minute++) {
      stage.pass(60_000);
      await alice.hear();
    }
    await alice.leave();
  },
  { alice: ["welcome alice", "heartbeat", "heartbeat", "heartbeat", "ended OK"] },
);

scenario(
  "a client that heartbeats in every interval stays",
  async (stage) => {
    const alice = await stage.join("alice");
    const bob = await stage.join("bob");
    await alice.hear();
    for (let beat = 0; beat < 4; beat++) {
      await alice.heartbeat();
      await alice.offer(bob, `beat ${beat}`);
      await bob.hear();
      await alice.acked();
      stage.pass(15_100);
      await alice.hear();
      await bob.hear();
    }
    await alice.leave();
    await bob.hear();
  },
  {
    alice: [
      "welcome alice",
      "joined: bob (impolite toward it)",
      "heartbeat",
      "heartbeat",
      "heartbeat",
      "heartbeat",
      "ended OK",
    ],
    bob: [
      "welcome bob, meet alice (polite toward it)",
      ...[0, 1, 2, 3].flatMap((beat) => [`${beat + 1} offer from alice: beat ${beat}`, "heartbeat"]),
      "left: alice LEFT",
    ],
  },
);

// `poll` is a matter of `Receive`.
scenario(
  "a poll that joins ends after the welcome, and the session waits",
  async (stage) => {
    const alice = await stage.join("alice", { poll: true });
    await alice.end();
    await stage.attached(0);
    const bob = await stage.join("bob");
    await alice.offer(bob, "sent between two polls");
    await bob.hear();
    await bob.offer(alice, "for the next poll");
    await bob.acked();
    await alice.resume(0, true);
    await alice.end();
  },
  {
    alice: [
      "welcome alice",
      "ended OK",
      "welcome back alice, meet bob (impolite toward it)",
      "1 offer from bob: for the next poll",
      "ended OK",
    ],
    bob: ["welcome bob, meet alice (polite toward it)", "1 offer from alice: sent between two polls"],
  },
  { on: polls },
);

scenario(
  "a poll ends at once when the roster is no longer the one that its client knows, and waits when it is",
  async (stage) => {
    const alice = await stage.join("alice");
    const bob = await stage.join("bob", { poll: true });
    await bob.end();
    await alice.hear();
    await bob.comeBack(true);
    await stage.join("carol");
    await alice.hear();
    await bob.end();
    await alice.send(update({ muted: "yes" }));
    await alice.acked();
    await bob.comeBack(true);
    await bob.end();
  },
  {
    alice: ["welcome alice", "joined: bob (impolite toward it)", "joined: carol (impolite toward it)"],
    bob: [
      "welcome bob, meet alice (polite toward it)",
      "ended OK",
      "welcome back bob, meet the same as before",
      "joined: carol (impolite toward it)",
      "ended OK",
      'welcome back bob, meet alice {"muted":"yes"} (polite toward it); carol (impolite toward it)',
      "ended OK",
    ],
    carol: [
      "welcome carol, meet alice (polite toward it); bob (polite toward it)",
      'updated: alice {"muted":"yes"}',
    ],
  },
  { on: polls },
);

scenario(
  "a poll with an empty mailbox waits for what comes first",
  async (stage) => {
    const alice = await stage.join("alice");
    const bob = await stage.join("bob", { poll: true });
    await bob.end();
    await alice.hear();
    await bob.resume(0, true);
    await alice.send(offer(bob, "one"), offer(bob, "two"));
    await alice.acked();
    await bob.end();
    await bob.resume(2, true);
    stage.pass(15_100);
    await bob.end();
    await alice.hear();
  },
  {
    alice: ["welcome alice", "joined: bob (impolite toward it)", "heartbeat"],
    bob: [
      "welcome bob, meet alice (polite toward it)",
      "ended OK",
      "welcome back bob, meet alice (polite toward it)",
      "1 offer from alice: one",
      "2 offer from alice: two",
      "ended OK",
      "welcome back bob, meet alice (polite toward it)",
      "heartbeat",
      "ended OK",
    ],
  },
  { on: polls },
);
