import { expect } from "vitest";
import { answer, offer } from "./stage/actor.ts";
import { scenario } from "./stage/scenario.ts";
import { joinOf } from "./stage/stage.ts";

scenario(
  "a server whose sessions end with it takes no new one while it stops, and serves the others until the end",
  async (stage) => {
    const alice = await stage.join("alice");
    const bob = await stage.join("bob");
    await alice.hear();
    const closed = stage.server.close(5000);
    await stage.enter("late", { case: "join", ...joinOf("late") }).end();
    await alice.offer(bob, "in the last moment");
    await bob.hear();
    await bob.cut();
    await alice.offer(bob, "while you were away");
    await bob.resume();
    await bob.hear();
    await bob.send(answer(alice, "just in time"));
    await alice.hear();
    await bob.acked();
    stage.pass(5100);
    await alice.end();
    await bob.end();
    await closed;
    expect(stage.log.find("stopped")).toEqual({ connectionsCut: 0 });
  },
  {
    alice: [
      "welcome alice",
      "joined: bob (impolite toward it)",
      "1 answer from bob: just in time",
      "go away",
      "ended UNAVAILABLE GOING_AWAY",
    ],
    bob: [
      "welcome bob, meet alice (polite toward it)",
      "1 offer from alice: in the last moment",
      "welcome back bob, meet alice (polite toward it)",
      "2 offer from alice: while you were away",
      "go away",
      "ended UNAVAILABLE GOING_AWAY",
    ],
    late: ["ended UNAVAILABLE GOING_AWAY"],
  },
);

scenario(
  "a server that stops does not wait longer than its clients need",
  async (stage) => {
    const alice = await stage.join("alice");
    const closed = stage.server.close(3_600_000);
    await alice.leave();
    await closed;
  },
  { alice: ["welcome alice", "ended OK"] },
);

scenario(
  "what was delivered before the end is acknowledged before the end",
  async (stage) => {
    const alice = await stage.join("alice");
    const bob = await stage.join("bob");
    await alice.hear();
    await alice.send(offer(bob, "one"), offer(bob, "two"));
    await bob.hear(2);
    // At once: the acknowledgement that was held back comes before the end.
    const closed = stage.server.close(0);
    await alice.end();
    await bob.end();
    await closed;
    expect(alice.ack).toBe(2);
  },
  {
    alice: ["welcome alice", "joined: bob (impolite toward it)", "go away", "ended UNAVAILABLE GOING_AWAY"],
    bob: [
      "welcome bob, meet alice (polite toward it)",
      "1 offer from alice: one",
      "2 offer from alice: two",
      "go away",
      "ended UNAVAILABLE GOING_AWAY",
    ],
  },
);
