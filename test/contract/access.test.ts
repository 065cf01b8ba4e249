import { afterAll, expect, test } from "vitest";
import { Issuer, type TokenInit } from "../access/issuer.ts";
import { refusalsAt } from "../access/refusals.ts";
import { offer, update } from "./stage/actor.ts";
import { sdp } from "./stage/content.ts";
import { HeldClock } from "./stage/held-clock.ts";
import { inHalves, inOneStream, scenario } from "./stage/scenario.ts";
import { joinOf, Stage } from "./stage/stage.ts";
import { ways } from "./ways/index.ts";

const one = new Issuer();
afterAll(() => one[Symbol.dispose]());
const { flags } = one;
const now = new HeldClock().wallTime() / 1000;

const issue = (init: TokenInit = {}) => one.issue({ now, ...init });
/** A token of this subject, with these private claims. */
const tokenOf = (sub: string, parley: object = {}, claims: object = {}) =>
  issue({ claims: { sub, parley: { rooms: ["*"], ...parley }, ...claims } });

const refusals = refusalsAt(now);

test.each(ways)(
  "a join is refused by the fault of its token, in the header or in the message: $name",
  async (way) => {
    await using stage = await Stage.start(way, flags);
    const heard: Record<string, unknown> = {};
    for (const [fault, init] of refusals) {
      const access = await issue(init);
      const first = { case: "join", ...joinOf("alice") } as const;
      const inHeader = stage.enter(`${fault} in the header`, first, way, access);
      const value = { ...first.value, accessToken: access };
      const inMessage = stage.enter(`${fault} in the message`, { ...first, value });
      await Promise.all([inHeader.end(), inMessage.end()]);
      heard[fault] = [inHeader.transcript, inMessage.transcript];
    }
    expect(heard).toEqual(
      Object.fromEntries(refusals.map(([fault, , end]) => [fault, [[`ended ${end}`], [`ended ${end}`]]])),
    );
  },
);

scenario(
  "without an access token nobody joins or resumes",
  async (stage) => {
    await stage.enter("alice", { case: "join", ...joinOf("alice") }).end();
    await stage.enter("bob", { case: "resume", value: { sessionToken: "a.b.c" } }).end();
  },
  {
    alice: ["ended UNAUTHENTICATED ACCESS_TOKEN_REQUIRED"],
    bob: ["ended UNAUTHENTICATED ACCESS_TOKEN_REQUIRED"],
  },
  { flags },
);

scenario(
  "a token names its holder, and says about it what the others see",
  async (stage) => {
    const trusted = { team: "blue" };
    await stage.join("alice", {
      access: await tokenOf("alice", { rooms: ["stand*"], trusted }),
      named: false,
    });
    await stage.join("bob", { access: await tokenOf("42", { peer_id: "bob", rooms: ["standup"] }) });
  },
  {
    alice: ["welcome alice", "joined: bob (impolite toward it)"],
    bob: ['welcome bob, meet alice trusted {"team":"blue"} (polite toward it)'],
  },
  { flags },
);

scenario(
  "what a token does not grant is rejected, and the session goes on",
  async (stage) => {
    const alice = await stage.join("alice", {
      access: await tokenOf("alice", { grants: ["join", "receive"] }),
    });
    const bob = await stage.join("bob", { access: await tokenOf("bob") });
    await alice.hear();
    await alice.send(offer(bob, "mine"), update({ mood: "good" }));
    await alice.hear(2);
    await bob.offer(alice, "his");
    await alice.hear();
  },
  {
    alice: [
      "welcome alice",
      "joined: bob (impolite toward it)",
      "1 rejected 1: ACCESS_DENIED",
      "2 rejected 2: ACCESS_DENIED",
      "3 offer from bob: his",
    ],
    bob: ["welcome bob, meet alice (polite toward it)"],
  },
  { flags },
);

scenario(
  "another sub cannot use a session token",
  async (stage) => {
    const alice = await stage.join("alice", { access: await tokenOf("alice") });
    const mallory = await tokenOf("mallory", { peer_id: "alice" });
    const { token: sessionToken } = alice;
    await stage.enter("mallory", { case: "resume", value: { sessionToken } }, stage.way, mallory).end();
    await alice.cut();
    await alice.resume();
  },
  { alice: ["welcome alice", "welcome back alice"], mallory: ["ended NOT_FOUND SESSION_NOT_FOUND"] },
  { flags },
);

scenario(
  "the sending half needs a token of the same sub",
  async (stage) => {
    const alice = await stage.join("alice", { access: await tokenOf("alice") });
    const bob = await stage.join("bob", { access: await tokenOf("bob") });
    await alice.hear();
    alice.present(await tokenOf("mallory", { peer_id: "alice" }));
    await alice.offer(bob, "forged");
    await alice.end();
    alice.present(await tokenOf("alice", {}, { exp: now - 60 }));
    bob.present(await tokenOf("bob", {}, { exp: now - 60 }));
    await bob.offer(alice, "late");
    await bob.end();
  },
  {
    alice: ["welcome alice", "joined: bob (impolite toward it)", "ended NOT_FOUND SESSION_NOT_FOUND"],
    bob: ["welcome bob, meet alice (polite toward it)", "ended UNAUTHENTICATED ACCESS_TOKEN_EXPIRED"],
  },
  { flags, on: inHalves },
);

scenario(
  "the sending half needs a token for the room and the name of its session",
  async (stage) => {
    const alice = await stage.join("alice", { access: await tokenOf("alice") });
    const bob = await stage.join("bob", { access: await tokenOf("bob") });
    await alice.hear();
    alice.present(await tokenOf("alice", { rooms: ["other"] }));
    await alice.offer(bob, "from elsewhere");
    await alice.end();
    bob.present(await tokenOf("bob", { peer_id: "carol" }));
    await bob.offer(alice, "under another name");
    await bob.end();
  },
  {
    alice: ["welcome alice", "joined: bob (impolite toward it)", "ended PERMISSION_DENIED ACCESS_DENIED"],
    bob: ["welcome bob, meet alice (polite toward it)", "ended PERMISSION_DENIED ACCESS_DENIED"],
  },
  { flags, on: inHalves },
);

const candidateAt = (address: string, type: string) =>
  `candidate:1 1 udp 2122260223 ${address} 54400 typ ${type}`;

scenario(
  "signals that break the ICE policy of a token are rejected, and the client learns the policy",
  async (stage) => {
    const policy = { ice_policy: ["relay_only", "no_private"] };
    const alice = await stage.join("alice", { access: await tokenOf("alice", policy) });
    const bob = await stage.join("bob", { access: await tokenOf("bob") });
    const plain = { relayOnly: true, noPrivate: true };
    expect(alice.responses[0]?.body.value).toMatchObject({ icePolicy: plain });
    expect(bob.responses[0]?.body.value).not.toHaveProperty("icePolicy");
    await alice.hear();
    const to = bob.peerId;
    const candidates = [candidateAt("203.0.113.7", "host"), candidateAt("10.0.0.1", "relay")];
    await alice.send(
      ...candidates.map(
        (candidate) => ({ to, body: { case: "iceCandidate", value: { candidate } } }) as const,
      ),
      { to, body: { case: "offer", value: { sdp: `${sdp("own")}a=${candidates[0]}\r\n` } } },
      offer(bob, "without candidates"),
    );
    await alice.hear(3);
    await bob.hear();
  },
  {
    alice: [
      "welcome alice",
      "joined: bob (impolite toward it)",
      "1 rejected 1: ICE_POLICY",
      "2 rejected 2: ICE_POLICY",
      "3 rejected 3: ICE_POLICY",
    ],
    bob: ["welcome bob, meet alice (polite toward it)", "1 offer from alice: without candidates"],
  },
  { flags },
);

scenario(
  "a session ends with its token, after a warning, and the others learn it",
  async (stage) => {
    const alice = await stage.join("alice", { access: await tokenOf("alice", {}, { exp: now + 200 }) });
    const bob = await stage.join("bob", { access: await tokenOf("bob", {}, { exp: now + 3600 }) });
    await alice.hear();
    stage.pass(170_000);
    await alice.hear();
    stage.pass(60_000);
    await alice.end();
    await bob.hear();
  },
  {
    alice: [
      "welcome alice",
      "joined: bob (impolite toward it)",
      "token expires in 60 s",
      "ended UNAUTHENTICATED SESSION_EXPIRED",
    ],
    bob: ["welcome bob, meet alice (polite toward it)", "left: alice REMOVED"],
  },
  { flags: [...flags, "--heartbeat", "300"] },
);

scenario(
  "a refreshed session outlives its first token",
  async (stage) => {
    const alice = await stage.join("alice", { access: await tokenOf("alice", {}, { exp: now + 200 }) });
    stage.pass(170_000);
    await alice.hear();
    await alice.refresh(await tokenOf("alice", {}, { iat: now + 170, exp: now + 370 }));
    await alice.acked();
    stage.pass(60_000);
    await alice.send(update({ mood: "good" }));
    await alice.acked();
    stage.pass(110_000);
    await alice.hear();
  },
  { alice: ["welcome alice", "token expires in 60 s", "token expires in 60 s"] },
  { flags: [...flags, "--heartbeat", "300"] },
);

/** A refresh of another token, which is rejected; the session goes on with the first. */
const rejectedRefresh = (name: string, token: () => Promise<string>, reason: string) =>
  scenario(
    `a refresh to ${name} is rejected, and the signals around it keep their order`,
    async (stage) => {
      const alice = await stage.join("alice", { access: await tokenOf("alice") });
      const bob = await stage.join("bob", { access: await tokenOf("bob") });
      await alice.hear();
      const refresh = { body: { case: "refresh", value: { accessToken: await token() } } } as const;
      await alice.send(offer(bob, "before"), refresh, offer(bob, "after"));
      await alice.hear();
      await bob.hear(2);
      await alice.acked();
    },
    {
      alice: ["welcome alice", "joined: bob (impolite toward it)", `1 rejected 2: ${reason}`],
      bob: [
        "welcome bob, meet alice (polite toward it)",
        "1 offer from alice: before",
        "2 offer from alice: after",
      ],
    },
    { flags },
  );
rejectedRefresh("another sub", () => tokenOf("bob", { peer_id: "alice" }), "ACCESS_DENIED");
rejectedRefresh("a token for another room", () => tokenOf("alice", { rooms: ["other"] }), "ACCESS_DENIED");
rejectedRefresh("an expired token", () => tokenOf("alice", {}, { exp: now - 60 }), "ACCESS_TOKEN_EXPIRED");
rejectedRefresh("no token", async () => "", "ACCESS_TOKEN_REQUIRED");

scenario(
  "many peers of one sub have names of their own, which a repeated join gets again",
  async (stage) => {
    const access = await tokenOf("alice", { duplicates: "many" });
    const nonce = Buffer.alloc(16, 1);
    const first = await stage.join("first", { access, named: false, nonce });
    const second = await stage.join("second", { access, named: false });
    const again = await stage.join("again", { access, named: false, nonce });
    expect(again.peerId).toBe(first.peerId);
    expect([first.peerId, second.peerId]).toEqual([
      expect.stringMatching(/^alice~[A-Za-z0-9_-]{11}$/),
      expect.stringMatching(/^alice~[A-Za-z0-9_-]{11}$/),
    ]);
    expect(first.peerId).not.toBe(second.peerId);
    await first.end();
  },
  expect.anything(),
  { flags, on: inOneStream },
);

/** Not the form of a generated name, so another `sub` may have it. */
const notGenerated = ["bob", "", "0123456789", "0123456789ab", "0123456789.", "bob~0123456789a"].map(
  (suffix) => `alice~${suffix}`,
);

scenario(
  "one of many peers of a sub may name itself as the service does, and in no other way",
  async (stage) => {
    const access = await tokenOf("alice", { duplicates: "many" });
    await (await stage.join("alice~01234_678-A", { access })).leave();
    for (const name of [...notGenerated, "alice2"]) {
      await stage.enter(name, { case: "join", ...joinOf(name) }, undefined, access).end();
    }
  },
  {
    "alice~01234_678-A": ["welcome alice~01234_678-A", "ended OK"],
    ...Object.fromEntries(
      [...notGenerated, "alice2"].map((name) => [name, ["ended PERMISSION_DENIED ACCESS_DENIED"]]),
    ),
  },
  { flags },
);
