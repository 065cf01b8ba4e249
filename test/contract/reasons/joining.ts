import { randomBytes } from "node:crypto";
import { Reason } from "@parley/contract";
import { joinOf } from "../stage/stage.ts";
import { type Cases, met, refused, room } from "./case.ts";

/** Why a join is refused. */
export const joining: Cases = {
  [Reason.ROOM_INVALID]: refused("ROOM_INVALID", { room: "a room" }, "INVALID_ARGUMENT"),
  [Reason.PEER_ID_INVALID]: refused("PEER_ID_INVALID", { peerId: "a/b" }, "INVALID_ARGUMENT"),
  [Reason.NONCE_INVALID]: refused("NONCE_INVALID", { nonce: new Uint8Array(15) }, "INVALID_ARGUMENT"),
  [Reason.METADATA_INVALID]: refused(
    "METADATA_INVALID",
    { metadata: { key: "x".repeat(4094) } },
    "INVALID_ARGUMENT",
  ),
  [Reason.NONCE_REUSED]: {
    play: async (stage) => {
      const nonce = randomBytes(16);
      await stage.join("alice", { nonce });
      await stage.enter("bob", { case: "join", ...joinOf("bob", { nonce }) }).end();
    },
    heard: { alice: ["welcome alice"], bob: ["ended INVALID_ARGUMENT NONCE_REUSED"] },
  },
  [Reason.PEER_ID_TAKEN]: {
    play: async (stage) => {
      await stage.join("alice");
      await stage.enter("another", { case: "join", value: { room, peerId: "alice" } }).end();
    },
    heard: { alice: ["welcome alice"], another: ["ended ALREADY_EXISTS PEER_ID_TAKEN"] },
  },
  [Reason.ROOM_FULL]: {
    play: async (stage) => {
      const alice = await stage.join("alice");
      await stage.join("bob");
      await alice.hear();
      await stage.enter("carol", { case: "join", ...joinOf("carol") }).end();
      await stage.join("dave", { room: "another" });
    },
    heard: {
      ...met,
      bob: ["welcome bob, meet alice (polite toward it)"],
      carol: ["ended RESOURCE_EXHAUSTED ROOM_FULL"],
      dave: ["welcome dave"],
    },
    flags: ["--room-peers", "2"],
  },
  [Reason.SERVER_FULL]: {
    play: async (stage) => {
      await stage.join("alice");
      await stage.enter("bob", { case: "join", ...joinOf("bob", { room: "another" }) }).end();
    },
    heard: { alice: ["welcome alice"], bob: ["ended RESOURCE_EXHAUSTED SERVER_FULL"] },
    flags: ["--node-peers", "1"],
  },
};
