import { afterAll } from "vitest";
import { scenario } from "../stage/scenario.ts";
import { joinOf } from "../stage/stage.ts";
import { limited, RateTokens } from "./rate-tokens.ts";

const tokens = new RateTokens();
afterAll(() => tokens[Symbol.dispose]());

scenario(
  "one sub that joins too often waits, and others do not",
  async (stage) => {
    const access = await tokens.of("alice");
    const alice = await stage.join("alice", { access });
    await alice.cut();
    await alice.resume();
    await stage.enter("again", { case: "join", ...joinOf("alice") }, stage.way, access).end();
    await stage.join("bob", { access: await tokens.of("bob") });
    await alice.hear();
    stage.pass(1000);
    await alice.cut();
    await alice.resume();
  },
  {
    alice: [
      "welcome alice",
      "welcome back alice",
      "joined: bob (impolite toward it)",
      "welcome back alice, meet bob (impolite toward it)",
    ],
    again: [limited],
    bob: ["welcome bob, meet alice (polite toward it)"],
  },
  { flags: [...tokens.flags, "--sub-joins", "2", "--sub-join-rate", "1"] },
);

scenario(
  "a room that is joined too often waits, and others do not",
  async (stage) => {
    await stage.join("alice");
    await stage.enter("bob", { case: "join", ...joinOf("bob") }).end();
    await stage.join("carol", { room: "other" });
    stage.pass(1000);
    await stage.join("dave");
  },
  {
    alice: ["welcome alice", "joined: dave (impolite toward it)"],
    bob: [limited],
    carol: ["welcome carol"],
    dave: ["welcome dave, meet alice (polite toward it)"],
  },
  { flags: ["--room-joins", "1", "--room-join-rate", "1"] },
);

scenario(
  "a session that is resumed too often waits, and others do not",
  async (stage) => {
    const alice = await stage.join("alice");
    await alice.cut();
    await alice.resume();
    await alice.cut();
    alice.open({ case: "resume", value: { sessionToken: alice.token, lastSeq: alice.heard } });
    await alice.end();
    const bob = await stage.join("bob");
    await bob.cut();
    await bob.resume();
    stage.pass(1000);
    await alice.resume();
  },
  {
    alice: [
      "welcome alice",
      "welcome back alice",
      limited,
      "welcome back alice, meet bob (impolite toward it)",
    ],
    bob: ["welcome bob, meet alice (polite toward it)", "welcome back bob, meet alice (polite toward it)"],
  },
  { flags: ["--session-resumes", "1", "--session-resume-rate", "1"] },
);

scenario(
  "another sub with a stolen session token uses up no resumes of that session",
  async (stage) => {
    const alice = await stage.join("alice", { access: await tokens.of("alice") });
    await alice.cut();
    // Its own name is alice too, so that its access token permits what the session token names.
    const access = await tokens.of("mallory", "alice");
    const stolen = { case: "resume", value: { sessionToken: alice.token } } as const;
    await stage.enter("mallory", stolen, stage.way, access).end();
    await stage.enter("mallory again", stolen, stage.way, access).end();
    await alice.resume();
  },
  {
    alice: ["welcome alice", "welcome back alice"],
    mallory: ["ended NOT_FOUND SESSION_NOT_FOUND"],
    "mallory again": ["ended NOT_FOUND SESSION_NOT_FOUND"],
  },
  { flags: [...tokens.flags, "--session-resumes", "1", "--session-resume-rate", "1"] },
);

scenario(
  "made-up session tokens use up no resumes of a room",
  async (stage) => {
    const alice = await stage.join("alice");
    await alice.cut();
    const sessionToken = `${alice.token.slice(0, -1)}${alice.token.endsWith("A") ? "B" : "A"}`;
    const mallory = stage.enter("mallory", { case: "resume", value: { sessionToken } });
    await mallory.end();
    await alice.resume();
  },
  {
    alice: ["welcome alice", "welcome back alice"],
    mallory: ["ended NOT_FOUND SESSION_NOT_FOUND"],
  },
  { flags: ["--room-joins", "2", "--room-join-rate", "1"] },
);
