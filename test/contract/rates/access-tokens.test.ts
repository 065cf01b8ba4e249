import { afterAll, expect, test } from "vitest";
import { scenario } from "../stage/scenario.ts";
import { joinOf, Stage } from "../stage/stage.ts";
import { ways } from "../ways/index.ts";
import { limited, RateTokens } from "./rate-tokens.ts";

const tokens = new RateTokens();
afterAll(() => tokens[Symbol.dispose]());

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
    await using stage = await Stage.start(way, [...tokens.flags, ...figures]);
    const known = await tokens.of("known");
    const alice = await stage.join("alice", { access: known, named: false });
    const enter = async (name: string, access: string) => {
      const actor = stage.enter(name, { case: "join", ...joinOf(name, { named: false }) }, way, access);
      await actor.end();
      return actor.transcript;
    };
    const forged = await tokens.forged("mallory");
    const invalid = ["ended UNAUTHENTICATED ACCESS_TOKEN_INVALID"];
    expect([await enter("1", forged), await enter("2", forged)]).toEqual([invalid, invalid]);
    expect(await enter("3", forged)).toEqual([limited]);
    expect(await enter("4", await tokens.of("honest"))).toEqual([limited]);
    await alice.cut();
    await alice.resume();
    stage.pass(1000);
    await stage.join("honest", { access: await tokens.of("honest"), named: false });
  },
);

scenario(
  "invalid tokens through a trusted proxy that names no client do not count for its other clients",
  async (stage) => {
    const access = await tokens.forged("mallory");
    for (const name of ["1", "2"])
      await stage.enter(name, { case: "join", ...joinOf(name) }, stage.way, access).end();
    await stage.join("alice", { access: await tokens.of("alice") });
  },
  {
    1: ["ended UNAUTHENTICATED ACCESS_TOKEN_INVALID"],
    2: ["ended UNAUTHENTICATED ACCESS_TOKEN_INVALID"],
    alice: ["welcome alice"],
  },
  {
    flags: [
      ...[...tokens.flags, "--limit-loopback", "true", "--trusted-proxies", "127.0.0.0/8"],
      ...["--address-bad-tokens", "1", "--address-bad-token-rate", "1"],
    ],
  },
);

scenario(
  "a newer access token counts as a signal, and a rejected one may come again later",
  async (stage) => {
    const access = await tokens.of("alice");
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
  { flags: [...tokens.flags, "--session-signals", "1", "--session-signal-rate", "1"] },
);

scenario(
  "a newer access token that nobody verifies for now is rejected with the time to wait",
  async (stage) => {
    const alice = await stage.join("alice", { access: await tokens.of("alice") });
    const accessToken = await tokens.forged("alice");
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
      ...[...tokens.flags, "--limit-loopback", "true"],
      ...["--address-bad-tokens", "1", "--address-bad-token-rate", "1"],
    ],
  },
);
