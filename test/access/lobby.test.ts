import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { offer } from "../contract/stage/actor.ts";
import { HeldClock } from "../contract/stage/held-clock.ts";
import { joinOf, Stage } from "../contract/stage/stage.ts";
import { ways } from "../contract/ways/index.ts";
import { Backend } from "./backend.ts";
import { Issuer } from "./issuer.ts";

const one = new Issuer();
afterAll(() => one[Symbol.dispose]());
const now = new HeldClock().wallTime() / 1000;
const usual = ["join", "send", "receive", "update"];
const tokenOf = (sub: string, grants: readonly string[] = usual) =>
  one.issue({ now, claims: { sub, parley: { rooms: ["*"], grants } } });

/** Holds everyone but hosts. */
const hold = { decision: { case: "hold", value: {} } } as const;
let backend: Backend;
beforeEach(async () => {
  backend = await Backend.start("json", ({ grants }) =>
    grants.includes("admit") ? { decision: { case: "approve", value: {} } } : hold,
  );
});
afterEach(() => backend[Symbol.asyncDispose]());

describe.each(ways)("$name", (way) => {
  const start = (...flags: string[]) =>
    Stage.start(way, [...one.flags, ...backend.flags, "--heartbeat", "300", ...flags]);
  const host = async (stage: Stage) =>
    stage.join("host", { access: await tokenOf("host", [...usual, "admit"]) });
  const enter = async (stage: Stage, name: string, nonce = Buffer.from(name.padEnd(16))) => {
    const access = await tokenOf(name);
    const actor = stage.enter(name, { case: "join", ...joinOf(name, { nonce }) }, way, access);
    await actor.hear();
    return actor;
  };

  test("those who are held wait in a queue, and a member lets them in or turns them away", async () => {
    await using stage = await start();
    const boss = await host(stage);
    const ada = await enter(stage, "ada");
    await boss.hear();
    const mallory = await enter(stage, "mallory");
    await boss.hear();
    const grace = await enter(stage, "grace");
    await boss.hear();
    await boss.decide("mallory", "members only");
    await mallory.end();
    await grace.hear();
    await boss.hear();
    await boss.decide("grace");
    await grace.hear();
    await boss.hear(2);
    await boss.offer(grace, "hello");
    await grace.hear();
    await grace.offer(boss, "hi");
    await boss.hear();
    await ada.cut();
    expect(mallory.responses.map(({ body }) => body.case)).toEqual(["waiting"]);
    const transcripts = stage.transcripts();
    // Whether the list or the newcomer is first is up to the engine.
    expect(transcripts["host"]?.slice(5, 7).sort()).toEqual(
      ["joined: grace (impolite toward it)", "lobby: ada"].sort(),
    );
    expect(transcripts).toEqual({
      host: [
        "welcome host",
        "lobby: ada",
        "lobby: ada, mallory",
        "lobby: ada, mallory, grace",
        "lobby: ada, grace",
        expect.any(String),
        expect.any(String),
        "1 offer from grace: hi",
      ],
      ada: ["waiting at 1"],
      mallory: ["waiting at 2", "ended PERMISSION_DENIED ADMISSION_REFUSED"],
      grace: [
        "waiting at 3",
        "waiting at 2",
        "welcome grace, meet host (polite toward it)",
        "1 offer from host: hello",
      ],
    });
  });

  test("a client that loses its stream keeps its place, and is let in when it was decided meanwhile", async () => {
    await using stage = await start();
    const boss = await host(stage);
    const ada = await enter(stage, "ada");
    await boss.hear();
    await ada.cut();
    await stage.attached(1);
    await boss.decide("ada");
    await boss.acked();
    const back = await enter(stage, "ada");
    expect(back.transcript).toEqual(["welcome ada, meet host (polite toward it)"]);
    // The Welcome may be lost too.
    await back.cut();
    const again = await enter(stage, "ada");
    expect(again.transcript).toEqual(["welcome back ada, meet host (polite toward it)"]);
  });

  test("a client that was let in and has left waits again", async () => {
    await using stage = await start();
    const boss = await host(stage);
    const ada = await enter(stage, "ada");
    await boss.hear();
    await boss.decide("ada");
    await ada.hear();
    await ada.leave();
    const again = await enter(stage, "ada");
    expect(again.transcript).toEqual(["waiting at 1"]);
  });

  test("the wait is bounded in clients and in time", async () => {
    await using stage = await start("--lobby-peers", "1", "--lobby-wait", "60");
    const ada = await enter(stage, "ada");
    const grace = await enter(stage, "grace");
    await grace.end();
    stage.pass(61_000);
    await ada.end();
    expect(stage.transcripts()).toEqual({
      ada: ["waiting at 1", "ended DEADLINE_EXCEEDED LOBBY_TIMEOUT"],
      grace: ["ended RESOURCE_EXHAUSTED LOBBY_FULL"],
    });
  });

  test("a client whose access token expires while it waits keeps its place for a newer one", async () => {
    await using stage = await start("--lobby-wait", "600");
    const boss = await stage.join("host", {
      access: await one.issue({
        now,
        claims: { sub: "host", exp: now + 3600, parley: { rooms: ["*"], grants: [...usual, "admit"] } },
      }),
    });
    const nonce = Buffer.from("ada".padEnd(16));
    const enterUntil = async (exp: number, iat: number) => {
      const access = await one.issue({ now: iat, claims: { sub: "ada", exp, parley: { rooms: ["*"] } } });
      const ada = stage.enter("ada", { case: "join", ...joinOf("ada", { nonce }) }, way, access);
      await ada.hear();
      return ada;
    };
    const ada = await enterUntil(now + 60, now);
    await enter(stage, "grace");
    await boss.hear(2);
    stage.pass(91_000);
    await ada.end();
    const again = await enterUntil(now + 400, now + 90);
    await boss.decide("ada");
    await again.hear();
    expect(ada.transcript).toEqual(["waiting at 1", "ended UNAUTHENTICATED ACCESS_TOKEN_EXPIRED"]);
    expect(again.transcript).toEqual(["waiting at 1", "welcome ada, meet host (polite toward it)"]);
  });

  test("members see the lobby however many wait, and those who wait take no place from them", async () => {
    await using stage = await start("--room-peers", "2", "--lobby-peers", "3");
    for (const name of ["ada", "grace", "joan"]) await enter(stage, name);
    const boss = await host(stage);
    await boss.hear();
    await boss.decide("ada");
    await boss.hear(2);
    expect(boss.transcript.slice(0, 2)).toEqual(["welcome host", "lobby: ada, grace, joan"]);
  });

  test("a client that waits leaves, and its place is given up at once", async () => {
    await using stage = await start();
    const boss = await host(stage);
    const ada = await enter(stage, "ada");
    const grace = await enter(stage, "grace");
    await boss.hear(2);
    await ada.send({ body: { case: "leave", value: {} } });
    await ada.end();
    await grace.hear();
    await boss.hear();
    await boss.decide("grace");
    await grace.hear();
    expect(ada.transcript).toEqual(["waiting at 1", "ended OK"]);
    expect(boss.transcript.slice(0, 4)).toEqual([
      "welcome host",
      "lobby: ada",
      "lobby: ada, grace",
      "lobby: grace",
    ]);
    expect(grace.transcript).toEqual([
      "waiting at 2",
      "waiting at 1",
      "welcome grace, meet host (polite toward it)",
    ]);
  });

  test("the token of a place in the queue is that of no session", async () => {
    await using stage = await start();
    const boss = await host(stage);
    const ada = await enter(stage, "ada");
    await boss.hear();
    const place = { case: "resume", value: { sessionToken: ada.token } } as const;
    const thief = stage.enter("thief", place, way, await tokenOf("ada"));
    await thief.end();
    expect(thief.transcript).toEqual(["ended NOT_FOUND SESSION_NOT_FOUND"]);
    expect(ada.transcript).toEqual(["waiting at 1"]);
  });

  const testHalves = way.form === "halves" ? test : () => {};
  testHalves("under the token of a place nothing is taken but heartbeats, and leave", async () => {
    await using stage = await start();
    const boss = await host(stage);
    const ada = await enter(stage, "ada");
    await boss.hear();
    await ada.heartbeat();
    await ada.send(offer(boss, "early"));
    await ada.end();
    const again = await enter(stage, "ada");
    const admitted = { metadata: "{}", admitted: "true" };
    await again.send({ body: { case: "update", value: { metadata: admitted } } });
    await again.end();
    const back = await enter(stage, "ada");
    const refused = "ended PERMISSION_DENIED ACCESS_DENIED";
    expect([ada, again, back].map(({ transcript }) => transcript)).toEqual([
      ["waiting at 1", refused],
      ["waiting at 1", refused],
      ["waiting at 1"],
    ]);
  });

  // Elsewhere a client cannot send before it has a session token.
  const testFullDuplex = way.form === "signal" ? test : () => {};
  testFullDuplex("a client that waits may only beat and leave", async () => {
    await using stage = await start();
    const ada = await enter(stage, "ada");
    await ada.heartbeat();
    await ada.sendAs({});
    await ada.end();
    const grace = await enter(stage, "grace");
    await grace.sendAs({ seq: 1, ...offer("host", "early") });
    await grace.end();
    expect(stage.transcripts()).toEqual({
      ada: ["waiting at 1", "ended PERMISSION_DENIED ACCESS_DENIED"],
      grace: ["waiting at 1", "ended PERMISSION_DENIED ACCESS_DENIED"],
    });
  });

  test("only members with the grant see who waits, and decide", async () => {
    await using stage = await start();
    const boss = await host(stage);
    const ada = await enter(stage, "ada");
    await boss.hear();
    await boss.decide("ada");
    await ada.hear();
    await boss.hear(2);
    const grace = await enter(stage, "grace");
    await boss.hear();
    const { session = 0 } = boss.waiting("grace") ?? {};
    await ada.send({ body: { case: "decide", value: { peerId: "grace", session, admit: true } } });
    await ada.hear();
    expect(ada.transcript.slice(2)).toEqual(["1 rejected 1: ACCESS_DENIED"]);
    expect(grace.transcript).toEqual(["waiting at 1"]);
  });

  test("a member sees the lobby as long as its newest access token grants it", async () => {
    backend.decide = ({ sub }) => (sub === "host" ? { decision: { case: "approve", value: {} } } : hold);
    await using stage = await start();
    const boss = await stage.join("host", { access: await tokenOf("host") });
    const ada = await enter(stage, "ada");
    await boss.refresh(await tokenOf("host", [...usual, "admit"]));
    await boss.hear();
    await boss.refresh(await tokenOf("host"));
    await boss.acked();
    await boss.decide("ada");
    await boss.hear();
    expect(boss.transcript).toEqual(["welcome host", "lobby: ada", "1 rejected 3: ACCESS_DENIED"]);
    expect(ada.transcript).toEqual(["waiting at 1"]);
  });

  test("an administrator who closes the room ends the wait too", async () => {
    await using stage = await start("--admin-port", "0");
    const ada = await enter(stage, "ada");
    const root = await one.issue({ now, claims: { sub: "root", parley: { grants: ["admin"] } } });
    const closed = await fetch(`${stage.adminUrl}/parley.v1.AdminService/CloseRoom`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${root}` },
      body: JSON.stringify({ room: "standup" }),
    });
    expect(closed.status).toBe(200);
    await ada.end();
    expect(ada.transcript).toEqual(["waiting at 1", "ended PERMISSION_DENIED PEER_REMOVED"]);
  });
});
