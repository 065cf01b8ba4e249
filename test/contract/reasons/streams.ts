import { Reason } from "@parley/contract";
import { bye, offer } from "../stage/actor.ts";
import { sdp } from "../stage/content.ts";
import { inHalves } from "../stage/scenario.ts";
import { joinOf } from "../stage/stage.ts";
import { type Cases, ended, met, room } from "./case.ts";

/** Why a stream ends; the session, if it has one, goes on. */
export const streams: Cases = {
  [Reason.MALFORMED_MESSAGE]: {
    play: (stage) => stage.enter("alice", { case: "garbage" }).end(),
    heard: { alice: ["ended INVALID_ARGUMENT MALFORMED_MESSAGE"] },
  },
  [Reason.MESSAGE_TOO_LARGE]: ended("MESSAGE_TOO_LARGE", "RESOURCE_EXHAUSTED", async (stage) => {
    const alice = await stage.join("alice");
    await alice.send({ to: "bob", body: { case: "offer", value: { sdp: sdp("huge", 1_100_000) } } });
    await alice.end();
    await alice.resume();
  }),
  // A full-duplex stream has no batches.
  [Reason.BATCH_TOO_LARGE]: ended(
    "BATCH_TOO_LARGE",
    "INVALID_ARGUMENT",
    async (stage) => {
      const alice = await stage.join("alice");
      await alice.send(...["a", "b", "c"].map((name) => bye("bob", name)));
      await alice.end();
      await alice.resume();
    },
    { flags: ["--batch-signals", "2"], on: inHalves },
  ),
  [Reason.JOIN_EXPECTED]: {
    play: (stage) => stage.enter("alice", { case: "nothing" }).end(),
    heard: { alice: ["ended INVALID_ARGUMENT JOIN_EXPECTED"] },
    on: ({ saysNothing }) => saysNothing !== false,
  },
  // connect-web sends the request of `Receive` with the call itself.
  [Reason.FIRST_MESSAGE_TIMEOUT]: {
    play: async (stage) => {
      const alice = stage.enterSilent("alice");
      // Nothing shows when its stream has reached the server, and the time begins to count.
      await stage.passUntil(() => alice.ended);
    },
    heard: { alice: ["ended DEADLINE_EXCEEDED FIRST_MESSAGE_TIMEOUT"] },
    on: ({ openSilent }) => openSilent !== undefined,
  },
  [Reason.ALREADY_JOINED]: ended("ALREADY_JOINED", "FAILED_PRECONDITION", async (stage) => {
    const alice = await stage.join("alice");
    await alice.sendAs({ body: { case: "join", value: { room } } });
    await alice.end();
    await alice.resume();
  }),
  [Reason.SEQ_GAP]: {
    play: async (stage) => {
      const alice = await stage.join("alice");
      const bob = await stage.join("bob");
      await alice.hear();
      await alice.sendAs({ seq: 1, ...offer(bob, "one") });
      await alice.acked(1);
      const refused = alice.sendAs({ seq: 3, ...offer(bob, "three") });
      // A batch waits for what it may have overtaken.
      await stage.passUntil(() => alice.ended);
      await refused;
      await alice.end();
      await alice.resume();
      await alice.sendAs({ seq: 2, ...offer(bob, "two") }, { seq: 3, ...offer(bob, "three") });
      await alice.acked(3);
      await bob.hear(3);
    },
    heard: {
      alice: [
        ...met.alice,
        "ended FAILED_PRECONDITION SEQ_GAP",
        "welcome back alice, meet bob (impolite toward it)",
      ],
      bob: [
        "welcome bob, meet alice (polite toward it)",
        "1 offer from alice: one",
        "2 offer from alice: two",
        "3 offer from alice: three",
      ],
    },
  },
  [Reason.SEQ_TAKEN]: {
    play: async (stage) => {
      const alice = await stage.join("alice");
      const bob = await stage.join("bob");
      await alice.hear();
      await alice.sendAs(offer(bob, "one"));
      await alice.acked(1);
      await alice.sendAs({ seq: 1, ...offer(bob, "another one") });
      await alice.end();
      await alice.resume();
      await alice.sendAs({ seq: 2, ...offer(bob, "two") });
      await alice.acked(2);
      await bob.hear(2);
    },
    heard: {
      alice: [
        ...met.alice,
        "ended ALREADY_EXISTS SEQ_TAKEN",
        "welcome back alice, meet bob (impolite toward it)",
      ],
      bob: [
        "welcome bob, meet alice (polite toward it)",
        "1 offer from alice: one",
        "2 offer from alice: two",
      ],
    },
  },
  [Reason.HEARTBEAT_TIMEOUT]: {
    play: async (stage) => {
      const alice = await stage.join("alice");
      await alice.heartbeat();
      // The answer to what comes behind it says that it was heard.
      await alice.offer("nobody", "an offer");
      await alice.hear();
      stage.pass(45_100);
      await alice.end();
      await alice.resume();
    },
    heard: {
      alice: [
        "welcome alice",
        "1 rejected 1: RECIPIENT_UNKNOWN",
        "ended DEADLINE_EXCEEDED HEARTBEAT_TIMEOUT",
        "welcome back alice",
      ],
    },
  },
  [Reason.GOING_AWAY]: {
    play: async (stage) => {
      const alice = await stage.join("alice");
      const closed = stage.server.close(5000);
      await stage.enter("late", { case: "join", ...joinOf("late") }).end();
      stage.pass(5100);
      await alice.end();
      await closed;
    },
    heard: {
      alice: ["welcome alice", "go away", "ended UNAVAILABLE GOING_AWAY"],
      late: ["ended UNAVAILABLE GOING_AWAY"],
    },
  },
};
