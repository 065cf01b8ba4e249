import { Reason } from "@parley/contract";
import { offer, update } from "../stage/actor.ts";
import { sdp } from "../stage/content.ts";
import { type Cases, met, rejected } from "./case.ts";

/** Why a signal is rejected. */
export const signals: Cases = {
  [Reason.RATE_LIMITED]: {
    play: async (stage) => {
      const alice = await stage.join("alice");
      const bob = await stage.join("bob");
      await alice.hear();
      await alice.send(update({ muted: "yes" }), update({ muted: "no" }), offer(bob, "an offer"));
      await bob.hear(2);
      await alice.hear();
      await alice.acked();
      stage.pass(1000);
      await alice.send(update({ muted: "no" }));
      await bob.hear();
    },
    heard: {
      alice: [...met.alice, "1 rejected 2: RATE_LIMITED, again after 1 s"],
      bob: [
        "welcome bob, meet alice (polite toward it)",
        'updated: alice {"muted":"yes"}',
        "1 offer from alice: an offer",
        'updated: alice {"muted":"no"}',
      ],
    },
    flags: ["--updates-per-second", "1"],
  },
  [Reason.RECIPIENT_INVALID]: rejected("RECIPIENT_INVALID", offer("", "for whom?")),
  [Reason.RECIPIENT_UNKNOWN]: rejected("RECIPIENT_UNKNOWN", offer("carol", "for nobody")),
  [Reason.BODY_INVALID]: rejected("BODY_INVALID", { to: "bob" }),
  [Reason.NEGOTIATION_ID_INVALID]: rejected("NEGOTIATION_ID_INVALID", offer("bob", "an offer", "a b")),
  [Reason.SDP_INVALID]: rejected("SDP_INVALID", {
    to: "bob",
    body: {
      case: "offer",
      value: { sdp: sdp("a\0name") },
    },
  }),
  [Reason.CANDIDATE_INVALID]: rejected("CANDIDATE_INVALID", {
    to: "bob",
    body: { case: "iceCandidate", value: { candidate: "candidate:nonsense" } },
  }),
  [Reason.MAILBOX_FULL]: {
    play: async (stage) => {
      const alice = await stage.join("alice");
      const bob = await stage.join("bob");
      await alice.hear();
      await bob.cut();
      await stage.attached(1);
      await alice.send(...["one", "two", "three"].map((name) => offer(bob, name)));
      await alice.hear();
      await alice.acked();
      await bob.resume();
      await bob.hear(2);
      await alice.offer(bob, "three, again");
      await bob.hear();
    },
    heard: {
      alice: [...met.alice, "1 rejected 3: MAILBOX_FULL, again after 1 s"],
      bob: [
        "welcome bob, meet alice (polite toward it)",
        "welcome back bob, meet alice (polite toward it)",
        "1 offer from alice: one",
        "2 offer from alice: two",
        "3 offer from alice: three, again",
      ],
    },
    flags: ["--mailbox-signals", "2"],
  },
};
