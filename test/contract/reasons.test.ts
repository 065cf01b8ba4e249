import { randomBytes } from "node:crypto";
import { Reason, reasonName, reasons } from "@parley/contract";
import { expect, test } from "vitest";
import { bye, offer, update } from "./stage/actor.ts";
import { sdp } from "./stage/content.ts";
import { inHalves, type ScenarioOptions, scenario, type Transcripts } from "./stage/scenario.ts";
import { joinOf, type Stage } from "./stage/stage.ts";
import type { SignalInit } from "./ways/index.ts";

/** How a reason comes about, and what is heard then. */
interface Case extends ScenarioOptions {
  readonly play: (stage: Stage) => Promise<void>;
  readonly heard: Transcripts;
}

const room = "standup";
const met = { alice: ["welcome alice", "joined: bob (impolite toward it)"] };

/** A join that is refused. */
function refused(name: string, join: object, code: string): Case {
  return {
    play: async (stage) => {
      await stage.enter("alice", { case: "join", value: { room, ...join } }).end();
    },
    heard: { alice: [`ended ${code} ${name}`] },
  };
}

/** A signal of Alice's that is rejected, while the next one arrives. */
function rejected(name: string, signal: SignalInit): Case {
  return {
    play: async (stage) => {
      const alice = await stage.join("alice");
      const bob = await stage.join("bob");
      await alice.hear();
      await alice.send(signal, offer(bob, "a good one"));
      await alice.hear();
      await alice.acked();
      await bob.hear();
    },
    heard: {
      alice: [...met.alice, `1 rejected 1: ${name}`],
      bob: ["welcome bob, meet alice (polite toward it)", "1 offer from alice: a good one"],
    },
  };
}

/** A stream of Alice's that ends, with a session that goes on. */
function ended(name: string, code: string, play: Case["play"], options: ScenarioOptions = {}): Case {
  return {
    play,
    heard: { alice: ["welcome alice", `ended ${code} ${name}`, "welcome back alice"] },
    ...options,
  };
}

const cases: Readonly<Record<number, Case>> = {
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

/** Played elsewhere, or with more than a server in memory. */
const elsewhere: Partial<Record<Reason, string>> = {
  [Reason.UNSPECIFIED]: "is no reason",
  [Reason.SLOW_READER]: "slow-reader.test.ts",
  [Reason.SESSION_OVERFLOWED]: "slow-reader.test.ts",
  [Reason.STORAGE_UNAVAILABLE]: "needs Redis",
  [Reason.INTERNAL]: "internal.test.ts",
  [Reason.ORIGIN_REFUSED]: "honest/wire-errors.test.ts",
  [Reason.METHOD_UNKNOWN]: "honest/wire-errors.test.ts",
  [Reason.ENCODING_UNSUPPORTED]: "honest/wire-errors.test.ts",
  [Reason.HEADER_INVALID]: "honest/wire-errors.test.ts",
  [Reason.DEADLINE_PASSED]: "honest/wire-errors.test.ts",
  [Reason.ACCESS_TOKEN_REQUIRED]: "access.test.ts",
  [Reason.ACCESS_TOKEN_INVALID]: "access.test.ts",
  [Reason.ACCESS_TOKEN_EXPIRED]: "access.test.ts",
  [Reason.ACCESS_DENIED]: "access.test.ts",
  [Reason.ACCESS_TOKEN_REVOKED]: "admin.test.ts",
  [Reason.PEER_REMOVED]: "admin.test.ts",
  [Reason.SESSION_EXPIRED]: "access.test.ts",
  [Reason.KEYS_UNAVAILABLE]: "../access/jwks.test.ts",
  [Reason.ICE_POLICY]: "access.test.ts",
  [Reason.ADMISSION_REFUSED]: "../access/admission-hook.test.ts",
  [Reason.ADMISSION_UNAVAILABLE]: "../access/admission-hook.test.ts",
  [Reason.LOBBY_FULL]: "../access/lobby.test.ts",
  [Reason.LOBBY_TIMEOUT]: "../access/lobby.test.ts",
};

for (const [reason, { play, heard, ...options }] of Object.entries(cases)) {
  scenario(reasonName(Number(reason) as Reason), play, heard, options);
}

scenario(
  "RATE_LIMITED, for the joins of an address",
  async (stage) => {
    await stage.join("alice");
    await stage.enter("bob", { case: "join", ...joinOf("bob") }).end();
  },
  { alice: ["welcome alice"], bob: ["ended RESOURCE_EXHAUSTED RATE_LIMITED"] },
  { flags: ["--limit-loopback", "true", "--address-joins", "1", "--address-join-rate", "1"] },
);

test("every reason of the table is played", () => {
  const played = [...Object.keys(cases), ...Object.keys(elsewhere)].map(Number);
  expect(new Set(played)).toEqual(new Set(Object.keys(reasons).map(Number)));
});
