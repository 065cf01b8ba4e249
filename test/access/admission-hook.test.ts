import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { AdmissionBackend } from "../../server/src/admission/admission-backend.ts";
import { bye, offer } from "../contract/stage/actor.ts";
import { HeldClock } from "../contract/stage/held-clock.ts";
import { joinOf, Stage } from "../contract/stage/stage.ts";
import { ways } from "../contract/ways/index.ts";
import { TcpProxy } from "../kit/tcp-proxy.ts";
import { until } from "../kit/until.ts";
import { within } from "../kit/within.ts";
import { Backend } from "./backend.ts";
import { Issuer } from "./issuer.ts";

const one = new Issuer();
afterAll(() => one[Symbol.dispose]());
const now = new HeldClock().wallTime() / 1000;
const tokenOf = (sub: string, parley: object = {}) =>
  one.issue({ now, claims: { sub, parley: { rooms: ["*"], ...parley } } });
const approve = { decision: { case: "approve", value: {} } } as const;
const unavailable = ["ended UNAVAILABLE ADMISSION_UNAVAILABLE"];

describe.each(["json", "grpc"] as const)("a backend over %s", (protocol) => {
  let backend: Backend;
  beforeEach(async () => {
    backend = await Backend.start(protocol, () => approve);
  });
  afterEach(() => backend[Symbol.asyncDispose]());

  const flags = () => [...one.flags, ...backend.flags, "--admission-secret", "secret-of-the-backend"];
  const enter = (stage: Stage, name: string, access?: string) =>
    stage.enter(name, { case: "join", ...joinOf(name) }, stage.way, access);

  test.each(ways)("decides who joins, after the access token was found good: $name", async (way) => {
    backend.decide = ({ sub }) =>
      sub === "mallory" ? { decision: { case: "refuse", value: { message: "you are\nbanned" } } } : approve;
    await using stage = await Stage.start(way, flags());
    await stage.join("ada", {
      access: await tokenOf("ada", { trusted: { team: "blue" } }),
      metadata: { x: "y" },
    });
    const mallory = enter(stage, "mallory", await tokenOf("mallory"));
    await mallory.end();
    expect(mallory.transcript).toEqual(["ended PERMISSION_DENIED ADMISSION_REFUSED"]);
    const stranger = enter(stage, "stranger");
    await stranger.end();
    expect(backend.asked.map(({ peerId }) => peerId)).toEqual(["ada", "mallory"]);
    expect(backend.asked[0]).toMatchObject({
      ...{ room: "standup", peerId: "ada", sub: "ada", metadata: { x: "y" }, trusted: { team: "blue" } },
      ...{ grants: ["join", "send", "receive", "update"], node: "stage" },
    });
    expect(backend.authorization).toBe("Bearer secret-of-the-backend");
  });

  test.each(ways)("refuses with more characters than fit, and none is cut in two: $name", async (way) => {
    const message = `${"x".repeat(255)}\u{1f600}\u{1f600}`;
    backend.decide = () => ({ decision: { case: "refuse", value: { message } } });
    await using stage = await Stage.start(way, backend.flags);
    const mallory = enter(stage, "mallory");
    await mallory.end();
    expect(mallory.transcript).toEqual(["ended PERMISSION_DENIED ADMISSION_REFUSED"]);
  });

  test.each(ways)("changes what a peer may do, for the whole session: $name", async (way) => {
    backend.decide = ({ peerId }) =>
      peerId === "ada" ? { ...approve, grants: { names: ["update"] }, trusted: { role: "guest" } } : approve;
    await using stage = await Stage.start(way, flags());
    const grace = await stage.join("grace", { access: await tokenOf("grace") });
    const ada = await stage.join("ada", { access: await tokenOf("ada", { trusted: { team: "blue" } }) });
    await grace.hear();
    await ada.send(offer(grace, "one"));
    await ada.hear();
    await ada.refresh(await tokenOf("ada"));
    await ada.acked();
    await ada.send(bye(grace, "two"));
    await ada.hear();
    await ada.cut();
    await ada.resume();
    await ada.send(bye(grace, "three"));
    await ada.hear();
    expect(stage.transcripts()).toEqual({
      grace: ["welcome grace", 'joined: ada trusted {"team":"blue","role":"guest"} (impolite toward it)'],
      ada: [
        "welcome ada, meet grace (polite toward it)",
        "1 rejected 1: ACCESS_DENIED",
        "2 rejected 3: ACCESS_DENIED",
        "welcome back ada, meet grace (polite toward it)",
        "3 rejected 4: ACCESS_DENIED",
      ],
    });
    expect(backend.asked).toHaveLength(2);
  });

  test("that fails, answers nonsense or nothing admits nobody, and the next one it decides about joins", async () => {
    const [way] = ways;
    if (way === undefined) throw new Error("no ways");
    const stage = await Stage.start(way, [...flags(), "--admission-timeout", "0.2"]);
    const answers: Record<string, Backend["decide"]> = {
      failing: () => Promise.reject(new Error("it fails")),
      undecided: () => ({}),
      silent: () => new Promise(() => {}),
      wordy: () => ({ ...approve, trusted: { text: "x".repeat(5000) } }),
    };
    for (const [name, decide] of Object.entries(answers)) {
      backend.decide = decide;
      const peer = enter(stage, name, await tokenOf(name));
      await peer.end();
      expect(peer.transcript, name).toEqual(unavailable);
    }
    backend.decide = () => approve;
    await stage.join("ada", { access: await tokenOf("ada") });
    await backend[Symbol.asyncDispose]();
    const late = enter(stage, "late", await tokenOf("late"));
    await late.end();
    expect(late.transcript).toEqual(unavailable);
    expect(stage.log.take("the admission backend did not decide on a join")).toHaveLength(5);
    await stage[Symbol.asyncDispose]();
  });

  test.each(ways)("decides without access tokens too, and no refresh undoes it: $name", async (way) => {
    backend.decide = ({ peerId }) => ({ ...approve, grants: { names: peerId === "ada" ? ["send"] : [] } });
    await using stage = await Stage.start(way, backend.flags);
    const ada = await stage.join("ada");
    const grace = await stage.join("grace");
    await ada.hear();
    await grace.offer(ada, "refused");
    await grace.hear();
    await ada.offer(grace, "taken");
    await grace.hear();
    await grace.refresh("any text");
    await grace.hear();
    await grace.offer(ada, "refused again");
    await grace.hear();
    expect(grace.transcript).toEqual([
      "welcome grace, meet ada (polite toward it)",
      "1 rejected 1: ACCESS_DENIED",
      "2 offer from ada: taken",
      "3 rejected 2: ACCESS_DENIED",
      "4 rejected 3: ACCESS_DENIED",
    ]);
  });

  test.each(ways)("sets terms that a Refresh does not lift without access tokens: $name", async (way) => {
    backend.decide = ({ peerId }) =>
      peerId === "ada"
        ? { ...approve, grants: { names: ["update"] }, icePolicy: { relayOnly: true } }
        : approve;
    await using stage = await Stage.start(way, backend.flags);
    const grace = await stage.join("grace");
    const ada = await stage.join("ada");
    await ada.refresh("anything");
    await ada.hear();
    await ada.send(bye(grace, "refused"));
    await ada.hear();
    expect(ada.transcript).toEqual([
      "welcome ada, meet grace (polite toward it)",
      "1 rejected 1: ACCESS_DENIED",
      "2 rejected 2: ACCESS_DENIED",
    ]);
  });

  test("decides again soon after its connection went silent", async () => {
    await using proxy = await TcpProxy.start(() => [Number(new URL(backend.url).port)]);
    const settings = { url: proxy.url, protocol, timeoutMs: 200, secret: undefined, ca: undefined };
    const client = new AdmissionBackend(settings);
    await client.decide({ room: "before" });
    proxy.stall();
    let decided = false;
    const ask = async () => {
      while (!decided) {
        decided = await client.decide({ room: "after" }).then(
          () => true,
          () => false,
        );
      }
    };
    await within(10_000, "a decision over another connection", ask()).finally(() => {
      decided = true;
      client.close();
    });
    expect(proxy.led).toBe(2);
  });

  test("may take longer to decide than a client may take to say how it begins", async () => {
    const [way] = ways;
    if (way === undefined) throw new Error("no ways");
    const answer = Promise.withResolvers<typeof approve>();
    backend.decide = () => answer.promise;
    await using stage = await Stage.start(way, [...backend.flags, "--admission-timeout", "30"]);
    const silent = stage.enterSilent("silent");
    const ada = enter(stage, "ada");
    await until(
      () => backend.asked.length === 1,
      () => "the question",
    );
    stage.pass(20_000);
    await silent.end();
    answer.resolve(approve);
    await ada.hear();
    expect(ada.transcript).toEqual(["welcome ada"]);
  });

  test("sees each join of a storm, and answers them all", async () => {
    const [way] = ways;
    if (way === undefined) throw new Error("no ways");
    await using stage = await Stage.start(way, backend.flags);
    const names = Array.from({ length: 50 }, (_, index) => `peer${index}`);
    await Promise.all(names.map((name) => stage.join(name, { room: name })));
    expect(new Set(backend.asked.map(({ peerId }) => peerId))).toEqual(new Set(names));
  });
});
