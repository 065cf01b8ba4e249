import { Reason } from "@parley/contract";
import { type Cases, met, room } from "./case.ts";

/** Why a session ends, or cannot be resumed. */
export const resuming: Cases = {
  [Reason.SESSION_TOKEN_INVALID]: {
    play: (stage) =>
      stage.enter("alice", { case: "resume", value: { sessionToken: "not a token", lastSeq: 0 } }).end(),
    heard: { alice: ["ended UNAUTHENTICATED SESSION_TOKEN_INVALID"] },
  },
  [Reason.SESSION_NOT_FOUND]: {
    play: async (stage) => {
      const alice = await stage.join("alice");
      await alice.leave();
      alice.open({ case: "resume", value: { sessionToken: alice.token, lastSeq: 0 } });
      await alice.end();
    },
    heard: { alice: ["welcome alice", "ended OK", "ended NOT_FOUND SESSION_NOT_FOUND"] },
  },
  [Reason.RESUME_GAP]: {
    play: async (stage) => {
      const alice = await stage.join("alice");
      const bob = await stage.join("bob");
      await alice.hear();
      await alice.cut();
      alice.open({ case: "resume", value: { sessionToken: alice.token, lastSeq: 7 } });
      await alice.end();
      await bob.hear();
    },
    heard: {
      alice: [...met.alice, "ended OUT_OF_RANGE RESUME_GAP"],
      bob: ["welcome bob, meet alice (polite toward it)", "left: alice OVERFLOWED"],
    },
  },
  [Reason.SESSION_REPLACED]: {
    play: async (stage) => {
      const alice = await stage.join("alice");
      const newer = stage.enter("newer", {
        case: "resume",
        value: { sessionToken: alice.token, lastSeq: 0 },
      });
      await newer.hear();
      await alice.end();
    },
    heard: { alice: ["welcome alice", "ended ABORTED SESSION_REPLACED"], newer: ["welcome back alice"] },
  },
  [Reason.PEER_REPLACED]: {
    play: async (stage) => {
      const alice = await stage.join("alice");
      await stage.enter("another", { case: "join", value: { room, peerId: "alice" } }).hear();
      await alice.end();
    },
    heard: { alice: ["welcome alice", "ended ABORTED PEER_REPLACED"], another: ["welcome alice"] },
    flags: ["--duplicate-peer-id", "replace"],
  },
  [Reason.SESSION_LOST]: {
    play: async (stage) => {
      const alice = await stage.join("alice");
      const bob = await stage.join("bob");
      await alice.hear();
      await alice.cut();
      // The client has seen acknowledgements that this server cannot have given.
      alice.open({ case: "resume", value: { sessionToken: alice.token, lastSeq: 0, ackedSeq: 5 } });
      await alice.end();
      await bob.hear();
    },
    heard: {
      alice: [...met.alice, "ended DATA_LOSS SESSION_LOST"],
      bob: ["welcome bob, meet alice (polite toward it)", "left: alice LOST"],
    },
  },
};
