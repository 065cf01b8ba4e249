import { randomBytes } from "node:crypto";
import { answer, iceCandidate, offer } from "./stage/actor.ts";
import { inHalves, scenario } from "./stage/scenario.ts";
import { joinOf } from "./stage/stage.ts";

scenario(
  "signals sent while a peer is away arrive after its resume, once and in order",
  async (stage) => {
    const alice = await stage.join("alice");
    const bob = await stage.join("bob");
    await alice.hear();
    await alice.offer(bob, "heard");
    await bob.hear();
    await bob.cut();
    await stage.attached(1);
    await alice.send(iceCandidate(bob, "m1"), iceCandidate(bob, "m2"), iceCandidate(bob, "m3"));
    await alice.acked();
    await bob.resume();
    await bob.hear(3);
    await bob.send(answer(alice, "late"));
    await alice.hear();
    await bob.leave();
    await alice.hear();
  },
  {
    alice: ["welcome alice", "joined: bob (impolite toward it)", "1 answer from bob: late", "left: bob LEFT"],
    bob: [
      "welcome bob, meet alice (polite toward it)",
      "1 offer from alice: heard",
      "welcome back bob, meet alice (polite toward it)",
      "2 candidate from alice: m1 (mid 0, line 0, ufrag Vx3k)",
      "3 candidate from alice: m2 (mid 0, line 0, ufrag Vx3k)",
      "4 candidate from alice: m3 (mid 0, line 0, ufrag Vx3k)",
      "ended OK",
    ],
  },
);

scenario(
  "what was written and not processed comes again, from where the client says",
  async (stage) => {
    const alice = await stage.join("alice");
    const bob = await stage.join("bob");
    await alice.hear();
    await alice.send(offer(bob, "one"), offer(bob, "two"), offer(bob, "three"));
    await bob.hear(3);
    await bob.cut();
    await bob.resume(1);
    await bob.hear(2);
    await bob.heartbeat(3);
    await bob.send(offer(alice, "acknowledges 3"));
    await alice.hear();
    await bob.cut();
    await bob.resume(3);
    await bob.leave();
    await alice.hear();
  },
  {
    alice: [
      "welcome alice",
      "joined: bob (impolite toward it)",
      "1 offer from bob: acknowledges 3",
      "left: bob LEFT",
    ],
    bob: [
      "welcome bob, meet alice (polite toward it)",
      "1 offer from alice: one",
      "2 offer from alice: two",
      "3 offer from alice: three",
      "welcome back bob, meet alice (polite toward it)",
      "2 offer from alice: two",
      "3 offer from alice: three",
      "welcome back bob, meet alice (polite toward it)",
      "ended OK",
    ],
  },
);

scenario(
  "what was acknowledged is forgotten: a resume from before it is an old one, and goes on behind it",
  async (stage) => {
    const alice = await stage.join("alice");
    const bob = await stage.join("bob");
    await alice.hear();
    await alice.send(offer(bob, "one"), offer(bob, "two"));
    await bob.hear(2);
    await bob.heartbeat(2);
    // Behind the acknowledgement, so that it has arrived with this.
    await bob.offer(alice, "an answer");
    await alice.hear();
    await bob.cut();
    await bob.resume(1);
    await alice.offer(bob, "three");
    await bob.hear();
  },
  {
    alice: ["welcome alice", "joined: bob (impolite toward it)", "1 offer from bob: an answer"],
    bob: [
      "welcome bob, meet alice (polite toward it)",
      "1 offer from alice: one",
      "2 offer from alice: two",
      "welcome back bob, meet alice (polite toward it)",
      "3 offer from alice: three",
    ],
  },
);

scenario(
  "a resume ends the resume window",
  async (stage) => {
    const alice = await stage.join("alice");
    const bob = await stage.join("bob");
    await alice.hear();
    await bob.cut();
    await stage.attached(1);
    stage.pass(20_000);
    await alice.hear();
    await bob.resume();
    stage.pass(20_000);
    await alice.hear();
    await bob.hear();
    await alice.offer(bob, "still there");
    await bob.hear();
  },
  {
    alice: ["welcome alice", "joined: bob (impolite toward it)", "heartbeat", "heartbeat"],
    bob: [
      "welcome bob, meet alice (polite toward it)",
      "welcome back bob, meet alice (polite toward it)",
      "heartbeat",
      "1 offer from alice: still there",
    ],
  },
);

scenario(
  "the newest stream takes a session over, and what was unacknowledged can be sent again on it",
  async (stage) => {
    const alice = await stage.join("alice");
    const bob = await stage.join("bob");
    await alice.hear();
    await alice.offer(bob, "sent on the old stream");
    await bob.hear();
    const again = stage.enter("alice, again", {
      case: "resume",
      value: { sessionToken: alice.token, lastSeq: 0 },
    });
    await again.hear();
    await alice.end();
    await again.sendAs(
      { seq: 1, ...offer(bob, "sent on the old stream") },
      { seq: 2, ...offer(bob, "sent on the new stream") },
    );
    await again.acked(2);
    await bob.hear();
  },
  {
    alice: ["welcome alice", "joined: bob (impolite toward it)", "ended ABORTED SESSION_REPLACED"],
    bob: [
      "welcome bob, meet alice (polite toward it)",
      "1 offer from alice: sent on the old stream",
      "2 offer from alice: sent on the new stream",
    ],
    "alice, again": ["welcome back alice, meet bob (impolite toward it)"],
  },
);

const nonce = randomBytes(16);
scenario(
  "the same join again is the same session, and no ghost",
  async (stage) => {
    const bob = await stage.join("bob");
    const alice = await stage.join("alice", { nonce });
    await bob.hear();
    const again = stage.enter("alice", { case: "join", ...joinOf("alice", { nonce }) });
    await again.hear();
    await alice.end();
    await again.leave();
    await bob.hear();
  },
  {
    bob: ["welcome bob", "joined: alice (impolite toward it)", "left: alice LEFT"],
    alice: ["welcome back alice, meet bob (polite toward it)", "ended OK"],
  },
);

scenario(
  "a peer that does not come back within the resume window is gone",
  async (stage) => {
    const alice = await stage.join("alice");
    const bob = await stage.join("bob");
    await alice.hear();
    await bob.cut();
    await stage.attached(1);
    stage.pass(29_900);
    await alice.hear();
    await alice.offer(bob, "still stored");
    await alice.acked();
    stage.pass(200);
    await alice.hear();
    await alice.offer(bob, "too late");
    await alice.hear();
    bob.open({ case: "resume", value: { sessionToken: bob.token, lastSeq: bob.heard } });
    await bob.end();
  },
  {
    alice: [
      "welcome alice",
      "joined: bob (impolite toward it)",
      "heartbeat",
      "left: bob EXPIRED",
      "1 rejected 2: RECIPIENT_UNKNOWN",
    ],
    bob: ["welcome bob, meet alice (polite toward it)", "ended NOT_FOUND SESSION_NOT_FOUND"],
  },
);

scenario(
  "rejections are not lost by a cut, and who came and went is seen in the roster",
  async (stage) => {
    const alice = await stage.join("alice");
    const bob = await stage.join("bob");
    await alice.hear();
    await alice.offer("nobody", "for nobody");
    await alice.hear();
    await alice.cut();
    await stage.attached(1);
    await bob.leave();
    const carol = await stage.join("carol");
    await alice.resume(0);
    await alice.hear();
    await carol.leave();
    await alice.hear();
  },
  {
    alice: [
      "welcome alice",
      "joined: bob (impolite toward it)",
      "1 rejected 1: RECIPIENT_UNKNOWN",
      "welcome back alice, meet carol (impolite toward it)",
      "1 rejected 1: RECIPIENT_UNKNOWN",
      "left: carol LEFT",
    ],
    bob: ["welcome bob, meet alice (polite toward it)", "ended OK"],
    carol: ["welcome carol, meet alice (polite toward it)", "ended OK"],
  },
);

// A full-duplex stream cannot send where it cannot receive.
scenario(
  "a session whose receiving half is away can send within its resume window",
  async (stage) => {
    const alice = await stage.join("alice");
    const bob = await stage.join("bob");
    await alice.hear();
    await alice.cut();
    await stage.attached(1);
    await alice.offer(bob, "sent while away");
    await bob.hear();
    await bob.send(answer(alice, "for later"));
    await alice.resume();
    await alice.hear();
  },
  {
    alice: [
      "welcome alice",
      "joined: bob (impolite toward it)",
      "welcome back alice, meet bob (impolite toward it)",
      "1 answer from bob: for later",
    ],
    bob: ["welcome bob, meet alice (polite toward it)", "1 offer from alice: sent while away"],
  },
  { on: inHalves },
);
