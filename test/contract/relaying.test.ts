import { expect, test } from "vitest";
import { answer, bye, endOfCandidates, iceCandidate, offer, rebind, restart } from "./stage/actor.ts";
import { scenario } from "./stage/scenario.ts";
import { Stage } from "./stage/stage.ts";
import { ways } from "./ways/index.ts";

scenario(
  "a call is signaled in both directions, in order, with its negotiation",
  async (stage) => {
    const alice = await stage.join("alice", { metadata: { name: "Alice" } });
    const bob = await stage.join("bob", { metadata: { name: "Bob" } });
    await alice.hear();
    await alice.send(
      offer(bob, "alice's offer", "call-1"),
      iceCandidate(bob, "a1", "call-1"),
      iceCandidate(bob, "a2", "call-1"),
      endOfCandidates(bob, "call-1"),
    );
    await bob.hear(4);
    await bob.send(
      answer(alice, "an early answer", "call-1", true),
      answer(alice, "bob's answer", "call-1"),
      iceCandidate(alice, "b1", "call-1"),
      endOfCandidates(alice, "call-1"),
    );
    await alice.hear(4);
    await alice.send(bye(bob, "lunch", "call-1"));
    await bob.hear();
    await alice.leave();
    await bob.hear();
    await bob.leave();
  },
  {
    alice: [
      "welcome alice",
      'joined: bob {"name":"Bob"} (impolite toward it)',
      "1 provisional answer from bob [call-1]: an early answer",
      "2 answer from bob [call-1]: bob's answer",
      "3 candidate from bob [call-1]: b1 (mid 0, line 0, ufrag Vx3k)",
      "4 end of candidates from bob [call-1] (mid 0)",
      "ended OK",
    ],
    bob: [
      'welcome bob, meet alice {"name":"Alice"} (polite toward it)',
      "1 offer from alice [call-1]: alice's offer",
      "2 candidate from alice [call-1]: a1 (mid 0, line 0, ufrag Vx3k)",
      "3 candidate from alice [call-1]: a2 (mid 0, line 0, ufrag Vx3k)",
      "4 end of candidates from alice [call-1] (mid 0)",
      "5 bye from alice [call-1]: lunch",
      "left: alice LEFT",
      "ended OK",
    ],
  },
);

scenario(
  "an acknowledgement means that the signal is stored, whether or not its recipient reads",
  async (stage) => {
    const alice = await stage.join("alice");
    const bob = await stage.join("bob");
    await alice.hear();
    await bob.cut();
    await stage.attached(1);
    await alice.send(offer(bob, "first"), iceCandidate(bob, "second"));
    await alice.acked();
    await bob.resume();
    await bob.hear(2);
    await alice.leave();
    await bob.hear();
  },
  {
    alice: ["welcome alice", "joined: bob (impolite toward it)", "ended OK"],
    bob: [
      "welcome bob, meet alice (polite toward it)",
      "welcome back bob, meet alice (polite toward it)",
      "1 offer from alice: first",
      "2 candidate from alice: second (mid 0, line 0, ufrag Vx3k)",
      "left: alice LEFT",
    ],
  },
);

scenario(
  "a number that was accepted before is acknowledged again and not relayed again",
  async (stage) => {
    const alice = await stage.join("alice");
    const bob = await stage.join("bob");
    await alice.hear();
    await alice.offer(bob, "once");
    await alice.acked();
    await alice.sendAs(
      { seq: 1, ...offer(bob, "once") },
      { seq: 1, ...offer(bob, "once") },
      { seq: 2, ...offer(bob, "then") },
    );
    await alice.acked(2);
    alice.seq = 2;
    await bob.hear(2);
    await alice.leave();
    await bob.hear();
  },
  {
    alice: ["welcome alice", "joined: bob (impolite toward it)", "ended OK"],
    bob: [
      "welcome bob, meet alice (polite toward it)",
      "1 offer from alice: once",
      "2 offer from alice: then",
      "left: alice LEFT",
    ],
  },
);

scenario(
  "a client that leaves its numbers at 0 is numbered by the server",
  async (stage) => {
    const alice = await stage.join("alice", { nonce: new Uint8Array(0) });
    const bob = await stage.join("bob");
    await alice.hear();
    const simple = { seq: 0 };
    await alice.sendAs({ ...offer(bob, "one"), ...simple }, { ...bye(bob, "two"), ...simple });
    await alice.acked(2);
    await bob.hear(2);
    await alice.sendAs({ body: { case: "leave", value: {} } });
    await alice.end();
    await bob.hear();
  },
  {
    alice: ["welcome alice", "joined: bob (impolite toward it)", "ended OK"],
    bob: [
      "welcome bob, meet alice (polite toward it)",
      "1 offer from alice: one",
      "2 bye from alice: two",
      "left: alice LEFT",
    ],
  },
);

scenario(
  "a signal reaches its recipient and nobody else, in its room and no other",
  async (stage) => {
    const alice = await stage.join("alice");
    const bob = await stage.join("bob");
    await stage.join("carol");
    await stage.join("dave", { room: "elsewhere" });
    await alice.hear(2);
    await bob.hear();
    await alice.send(offer(bob, "for bob"), offer("dave", "for nobody here"));
    await bob.hear();
    await alice.hear();
  },
  {
    alice: [
      "welcome alice",
      "joined: bob (impolite toward it)",
      "joined: carol (impolite toward it)",
      "1 rejected 2: RECIPIENT_UNKNOWN",
    ],
    bob: [
      "welcome bob, meet alice (polite toward it)",
      "joined: carol (impolite toward it)",
      "1 offer from alice: for bob",
    ],
    carol: ["welcome carol, meet alice (polite toward it); bob (polite toward it)"],
    dave: ["welcome dave"],
  },
);

scenario(
  "a restart, a rebuild and a rebind are relayed, and those that are none are rejected",
  async (stage) => {
    const proof = "0123456789abcdef0123456789abcdef";
    const alice = await stage.join("alice");
    const bob = await stage.join("bob");
    await alice.hear();
    await alice.send(restart(bob, false, "n"), restart(bob, true, "n"), rebind(bob, proof, "n"));
    await bob.hear(3);
    await alice.send(rebind(bob, proof.slice(1)), rebind(bob, `${proof}0`), rebind(bob, ""));
    await alice.hear(3);
  },
  {
    alice: [
      "welcome alice",
      "joined: bob (impolite toward it)",
      "1 rejected 4: BODY_INVALID",
      "2 rejected 5: BODY_INVALID",
      "3 rejected 6: BODY_INVALID",
    ],
    bob: [
      "welcome bob, meet alice (polite toward it)",
      "1 restart from alice [n]",
      "2 rebuild from alice [n]",
      "3 rebind from alice [n]: 0123456789abcdef0123456789abcdef",
    ],
  },
);

scenario(
  "a bare acknowledgement forgets what it covers, and is neither numbered nor answered",
  async (stage) => {
    const alice = await stage.join("alice");
    const bob = await stage.join("bob");
    await alice.hear();
    await alice.send(offer(bob, "one"), offer(bob, "two"));
    await bob.hear(2);
    await bob.sendAs({ ack: 1 });
    await bob.offer(alice, "the first number");
    await alice.hear();
    await bob.cut();
    await bob.resume(0);
    await bob.hear();
  },
  {
    alice: ["welcome alice", "joined: bob (impolite toward it)", "1 offer from bob: the first number"],
    bob: [
      "welcome bob, meet alice (polite toward it)",
      "1 offer from alice: one",
      "2 offer from alice: two",
      "welcome back bob, meet alice (polite toward it)",
      "2 offer from alice: two",
    ],
  },
);

test.each(ways.flatMap((from) => ways.filter((to) => to !== from).map((to) => ({ from, to }))))(
  "$from.name calls $to.name",
  async ({ from, to }) => {
    await using stage = await Stage.start(from);
    const alice = await stage.join("alice");
    const bob = await stage.join("bob", { way: to });
    await alice.hear();
    await alice.send(offer(bob, "an offer", "n"), endOfCandidates(bob, "n"));
    await bob.hear(2);
    await bob.send(answer(alice, "an answer", "n"));
    await alice.hear();
    expect(stage.transcripts()).toEqual({
      alice: ["welcome alice", "joined: bob (impolite toward it)", "1 answer from bob [n]: an answer"],
      bob: [
        "welcome bob, meet alice (polite toward it)",
        "1 offer from alice [n]: an offer",
        "2 end of candidates from alice [n] (mid 0)",
      ],
    });
  },
);
