import { createHmac } from "node:crypto";
import type { IceServer } from "@parley/contract";
import { afterAll, expect, test } from "vitest";
import { Issuer } from "../access/issuer.ts";
import type { Actor } from "./stage/actor.ts";
import { HeldClock } from "./stage/held-clock.ts";
import { Stage } from "./stage/stage.ts";
import { ways } from "./ways/index.ts";

const one = new Issuer();
afterAll(() => one[Symbol.dispose]());
const now = new HeldClock().wallTime() / 1000;
const secret = "secret-of-the-turn-server";
const flags = [
  ...one.flags,
  ...["--stun-url", "stun:stun.example", "--turn-url", "turn:turn.example,turns:turn.example"],
  ...["--turn-secret", secret, "--turn-lifetime", "120", "--heartbeat", "300"],
];

const tokenOf = (sub: string, grants: string[]) =>
  one.issue({ now, claims: { sub, exp: now + 3600, parley: { rooms: ["*"], grants } } });
const all = ["join", "send", "receive", "update"];

function serversOf({ responses }: Actor): readonly IceServer[] {
  const { body } = responses.at(-1) ?? {};
  if (body?.case === "welcome") return body.value.iceServers;
  return body?.case === "iceServers" ? body.value.servers : [];
}

/** Whether coturn would accept it: it knows the secret and nothing else. */
function isGood({ username, credential, expiresAt }: IceServer, at: number): boolean {
  const [expires] = username.split(":");
  const mac = createHmac("sha1", secret).update(username).digest("base64");
  return mac === credential && Number(expires) === Number(expiresAt?.seconds) && Number(expires) > at;
}

test.each(ways)("TURN is for those to whom it is granted, and renewed in time: $name", async (way) => {
  await using stage = await Stage.start(way, flags);
  const bob = await stage.join("bob", { access: await tokenOf("bob", all) });
  expect(serversOf(bob).map(({ urls }) => urls)).toEqual([["stun:stun.example"]]);
  const alice = await stage.join("alice", { access: await tokenOf("alice", [...all, "turn"]) });
  const [stun, turn] = serversOf(alice);
  expect(stun).toMatchObject({ urls: ["stun:stun.example"], username: "", credential: "" });
  expect(turn).toMatchObject({ urls: ["turn:turn.example", "turns:turn.example"] });
  expect(turn !== undefined && isGood(turn, now)).toBe(true);
  expect(turn?.username).not.toContain("alice");
  for (const passed of [60, 120]) {
    stage.pass(60_000);
    await alice.hear();
    const renewed = serversOf(alice)[1];
    expect(renewed !== undefined && isGood(renewed, now + passed + 60)).toBe(true);
  }
  expect(alice.transcript).toEqual([
    "welcome alice, meet bob (polite toward it)",
    "ICE servers",
    "ICE servers",
  ]);
  await alice.refresh(await tokenOf("alice", all));
  await alice.hear();
  expect(serversOf(alice).map(({ urls }) => urls)).toEqual([["stun:stun.example"]]);
});

test("servers with a password of their own do not expire, and without tokens everyone on loopback gets them", async () => {
  const [way] = ways;
  if (way === undefined) throw new Error("there is no way in");
  const user = ["--turn-username", "u", "--turn-password", "p"];
  await using stage = await Stage.start(way, ["--turn-url", "turn:turn.example", ...user]);
  const alice = await stage.join("alice");
  expect(serversOf(alice)).toMatchObject([{ username: "u", credential: "p" }]);
  expect(serversOf(alice)[0]?.expiresAt).toBeUndefined();
});
