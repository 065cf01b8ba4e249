import { generateKeyPairSync } from "node:crypto";
import { afterAll, expect, test } from "vitest";
import { Issuer } from "../access/issuer.ts";
import { offer } from "./stage/actor.ts";
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
