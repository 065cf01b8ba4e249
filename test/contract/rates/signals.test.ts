import { afterAll } from "vitest";
import { offer } from "../stage/actor.ts";
import { sdp } from "../stage/content.ts";
import { scenario } from "../stage/scenario.ts";
import type { Stage } from "../stage/stage.ts";
import { RateTokens } from "./rate-tokens.ts";

const tokens = new RateTokens();
afterAll(() => tokens[Symbol.dispose]());

const two = (name: string) => [`--${name}-signals`, "2", `--${name}-signal-rate`, "1"];

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
    const phone = await stage.join("phone", { access: await tokens.of("ada", "phone") });
    const laptop = await stage.join("laptop", { access: await tokens.of("ada", "laptop") });
    const bob = await stage.join("bob", { access: await tokens.of("bob", "bob") });
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
  { flags: [...tokens.flags, ...two("sub")] },
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
