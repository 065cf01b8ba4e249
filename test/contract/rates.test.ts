import { generateKeyPairSync } from "node:crypto";
import { afterAll, expect, test } from "vitest";
import { Issuer } from "../access/issuer.ts";
import { until } from "../kit/until.ts";
import { type Actor, offer } from "./stage/actor.ts";
import { sdp } from "./stage/content.ts";
import { HeldClock } from "./stage/held-clock.ts";
import { scenario } from "./stage/scenario.ts";
import { joinOf, Stage } from "./stage/stage.ts";
import { ways } from "./ways/index.ts";

const one = new Issuer();
afterAll(() => one[Symbol.dispose]());
const now = new HeldClock().wallTime() / 1000;
const stranger = generateKeyPairSync("ed25519").privateKey;
const tokenOf = (sub: string, more: object = {}) =>
  one.issue({ now, claims: { sub, parley: { rooms: ["*"] } }, ...more });
const limited = "ended RESOURCE_EXHAUSTED RATE_LIMITED";

test.each(ways)(
  "an address with too many invalid tokens waits, and those that are known do not: $name",
  async (way) => {
    const figures = [
      "--limit-loopback",
      "true",
      "--address-bad-tokens",
      "2",
      "--address-bad-token-rate",
      "1",
    ];
    await using stage = await Stage.start(way, [...one.flags, ...figures]);
    const known = await tokenOf("known");
    const alice = await stage.join("alice", { access: known, named: false });
    const enter = async (name: string, access: string) => {
      const actor = stage.enter(name, { case: "join", ...joinOf(name, { named: false }) }, way, access);
      await actor.end();
      return actor.transcript;
    };
    const forged = await tokenOf("mallory", { key: stranger });
    const invalid = ["ended UNAUTHENTICATED ACCESS_TOKEN_INVALID"];
    expect([await enter("1", forged), await enter("2", forged)]).toEqual([invalid, invalid]);
    expect(await enter("3", forged)).toEqual([limited]);
    expect(await enter("4", await tokenOf("honest"))).toEqual([limited]);
    await alice.cut();
    await alice.resume();
    stage.pass(1000);
    await stage.join("honest", { access: await tokenOf("honest"), named: false });
  },
);

scenario(
  "one sub that joins too often waits, and others do not",
  async (stage) => {
    const access = await tokenOf("alice");
    const alice = await stage.join("alice", { access });
    await alice.cut();
    await alice.resume();
    await stage.enter("again", { case: "join", ...joinOf("alice") }, stage.way, access).end();
    await stage.join("bob", { access: await tokenOf("bob") });
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
  { flags: [...one.flags, "--sub-joins", "2", "--sub-join-rate", "1"] },
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
  "a session that sends too much is rejected until it has waited, and stays",
  async (stage) => {
    const alice = await stage.join("alice");
    const bob = await stage.join("bob");
    await alice.hear();
    await alice.send(offer(bob, "one"), offer(bob, "two"), offer(bob, "three"));
    await alice.hear();
    await bob.hear(2);
    stage.pass(1000);
    await alice.offer(bob, "four");
    await bob.hear();
    stage.pass(2000);
    await alice.send({ to: bob.peerId, body: { case: "offer", value: { sdp: sdp("large", 5000) } } });
    await bob.hear();
    await alice.offer(bob, "five");
    await alice.hear();
    await alice.leave();
    await bob.hear();
  },
  {
    alice: [
      "welcome alice",
      "joined: bob (impolite toward it)",
      "1 rejected 3: RATE_LIMITED, again after 1 s",
      "2 rejected 6: RATE_LIMITED, again after 3 s",
      "ended OK",
    ],
    bob: [
      "welcome bob, meet alice (polite toward it)",
      "1 offer from alice: one",
      "2 offer from alice: two",
      "3 offer from alice: four",
      "4 offer from alice: large",
      "left: alice LEFT",
    ],
  },
  {
    flags: [
      ...["--session-signals", "2", "--session-signal-rate", "1"],
      ...["--session-bytes", "2048", "--session-byte-rate", "1024"],
    ],
  },
);

const two = (name: string) => [`--${name}-signals`, "2", `--${name}-signal-rate`, "1"];

scenario(
  "a session that resumes has no more to send than before",
  async (stage) => {
    const alice = await stage.join("alice");
    const bob = await stage.join("bob");
    await alice.hear();
    await alice.send(offer(bob, "one"), offer(bob, "two"));
    await bob.hear(2);
    await alice.cut();
    await alice.resume();
    await alice.offer(bob, "three");
    await alice.hear();
    stage.pass(1000);
    await alice.offer(bob, "four");
    await bob.hear();
  },
  {
    alice: [
      "welcome alice",
      "joined: bob (impolite toward it)",
      "welcome back alice, meet bob (impolite toward it)",
      "1 rejected 3: RATE_LIMITED, again after 1 s",
    ],
    bob: [
      "welcome bob, meet alice (polite toward it)",
      "1 offer from alice: one",
      "2 offer from alice: two",
      "3 offer from alice: four",
    ],
  },
  { flags: two("session") },
);

scenario(
  "sessions of one sub share what it may send, and others do not",
  async (stage) => {
    const accessOf = (sub: string, peerId: string) =>
      one.issue({ now, claims: { sub, parley: { rooms: ["*"], peer_id: peerId } } });
    const phone = await stage.join("phone", { access: await accessOf("ada", "phone") });
    const laptop = await stage.join("laptop", { access: await accessOf("ada", "laptop") });
    const bob = await stage.join("bob", { access: await accessOf("bob", "bob") });
    await phone.hear(2);
    await laptop.hear();
    await phone.offer(bob, "one");
    await bob.hear();
    await laptop.offer(bob, "two");
    await bob.hear();
    await phone.offer(bob, "three");
    await phone.hear();
    await bob.offer(laptop, "four");
    await laptop.hear();
    stage.pass(1000);
    await phone.offer(bob, "five");
    await bob.hear();
  },
  {
    phone: [
      "welcome phone",
      "joined: laptop (impolite toward it)",
      "joined: bob (impolite toward it)",
      "1 rejected 2: RATE_LIMITED, again after 1 s",
    ],
    laptop: [
      "welcome laptop, meet phone (polite toward it)",
      "joined: bob (impolite toward it)",
      "1 offer from bob: four",
    ],
    bob: [
      "welcome bob, meet phone (polite toward it); laptop (polite toward it)",
      "1 offer from phone: one",
      "2 offer from laptop: two",
      "3 offer from phone: five",
    ],
  },
  { flags: [...one.flags, ...two("sub")] },
);

/**
 * Two rooms: what the peers of one send is limited, and a signal in the other shows whether that counts there too.
 *
 * @param counts whether it should.
 */
async function twoRooms(stage: Stage, counts: boolean): Promise<void> {
  const alice = await stage.join("alice");
  const bob = await stage.join("bob");
  await alice.hear();
  const carol = await stage.join("carol", { room: "other" });
  const dave = await stage.join("dave", { room: "other" });
  await carol.hear();
  await alice.offer(bob, "one");
  await bob.hear();
  await bob.offer(alice, "two");
  await alice.hear();
  await alice.offer(bob, "three");
  await alice.hear();
  await carol.offer(dave, "four");
  await (counts ? carol : dave).hear();
  stage.pass(1000);
  await alice.offer(bob, "five");
  await bob.hear();
}

const firstRoom = {
  alice: [
    "welcome alice",
    "joined: bob (impolite toward it)",
    "1 offer from bob: two",
    "2 rejected 2: RATE_LIMITED, again after 1 s",
  ],
  bob: ["welcome bob, meet alice (polite toward it)", "1 offer from alice: one", "2 offer from alice: five"],
};
const otherRoom = [
  ["welcome carol", "joined: dave (impolite toward it)"],
  ["welcome dave, meet carol (polite toward it)"],
] as const;

scenario(
  "the peers of a room share what is sent in it, and those of other rooms do not",
  (stage) => twoRooms(stage, false),
  { ...firstRoom, carol: [...otherRoom[0]], dave: [...otherRoom[1], "1 offer from carol: four"] },
  { flags: two("room") },
);

scenario(
  "the clients of an address share what it may send, in whatever room",
  (stage) => twoRooms(stage, true),
  {
    ...firstRoom,
    carol: [...otherRoom[0], "1 rejected 1: RATE_LIMITED, again after 1 s"],
    dave: [...otherRoom[1]],
  },
  { flags: ["--limit-loopback", "true", ...two("address")] },
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
    const alice = await stage.join("alice", { access: await tokenOf("alice") });
    await alice.cut();
    // Its own name is alice too, so that its access token permits what the session token names.
    const access = await one.issue({
      now,
      claims: { sub: "mallory", parley: { rooms: ["*"], peer_id: "alice" } },
    });
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
  { flags: [...one.flags, "--session-resumes", "1", "--session-resume-rate", "1"] },
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

scenario(
  "a newer access token counts as a signal, and a rejected one may come again later",
  async (stage) => {
    const access = await tokenOf("alice");
    const alice = await stage.join("alice", { access });
    await alice.refresh(access);
    await alice.acked();
    await alice.refresh(access);
    await alice.hear();
    stage.pass(1000);
    await alice.refresh(access);
    await alice.acked();
  },
  { alice: ["welcome alice", "1 rejected 2: RATE_LIMITED, again after 1 s"] },
  { flags: [...one.flags, "--session-signals", "1", "--session-signal-rate", "1"] },
);

scenario(
  "a newer access token that nobody verifies for now is rejected with the time to wait",
  async (stage) => {
    const alice = await stage.join("alice", { access: await tokenOf("alice") });
    const accessToken = await tokenOf("alice", { key: stranger });
    const refresh = { body: { case: "refresh", value: { accessToken } } } as const;
    await alice.send(refresh);
    await alice.hear();
    await alice.send(refresh);
    await alice.hear();
  },
  {
    alice: [
      "welcome alice",
      "1 rejected 1: ACCESS_TOKEN_INVALID",
      "2 rejected 2: RATE_LIMITED, again after 1 s",
    ],
  },
  {
    flags: [
      ...[...one.flags, "--limit-loopback", "true"],
      ...["--address-bad-tokens", "1", "--address-bad-token-rate", "1"],
    ],
  },
);

scenario(
  "invalid tokens through a trusted proxy that names no client do not count for its other clients",
  async (stage) => {
    const access = await tokenOf("mallory", { key: stranger });
    for (const name of ["1", "2"])
      await stage.enter(name, { case: "join", ...joinOf(name) }, stage.way, access).end();
    await stage.join("alice", { access: await tokenOf("alice") });
  },
  {
    1: ["ended UNAUTHENTICATED ACCESS_TOKEN_INVALID"],
    2: ["ended UNAUTHENTICATED ACCESS_TOKEN_INVALID"],
    alice: ["welcome alice"],
  },
  {
    flags: [
      ...[...one.flags, "--limit-loopback", "true", "--trusted-proxies", "127.0.0.0/8"],
      ...["--address-bad-tokens", "1", "--address-bad-token-rate", "1"],
    ],
  },
);

/** Far longer than a busy machine needs, in milliseconds. */
const stormMs = 60_000;

test.each(ways.filter(({ name }) => /^(gRPC with|WebSocket|HTTP)/.test(name)))(
  "a room of 64 peers of one address renegotiates all links at once, at the defaults: $name",
  async (way) => {
    await using stage = await Stage.start(way, ["--limit-loopback", "true"]);
    const peers: Actor[] = [];
    for (let index = 0; index < 64; index++) peers.push(await stage.join(`peer-${index}`));
    const offersTo = (sender: Actor) =>
      peers.filter((peer) => peer !== sender).map((peer) => offer(peer, sender.name));
    await Promise.all(peers.map((peer) => peer.send(...offersTo(peer))));
    const kinds = (kind: string) =>
      peers.map(({ responses }) => responses.filter(({ body }) => body.case === kind).length);
    await until(
      () => kinds("offer").every((count) => count === 63),
      () => `all offers; there are ${kinds("offer")}`,
      stormMs,
    );
    expect(kinds("rejected")).toEqual(peers.map(() => 0));
  },
  stormMs * 2,
);
