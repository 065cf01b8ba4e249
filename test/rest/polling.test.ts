import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { until } from "../kit/until.ts";
import { RedisServer } from "../redis/redis-server.ts";
import { RestService } from "./rest-service.ts";

let redis: RedisServer;
beforeAll(async () => {
  redis = await RedisServer.start();
});
afterAll(() => redis[Symbol.asyncDispose]());

describe.each(["memory", "redis"])("with the engine in %s", (engine) => {
  let service: RestService;
  beforeAll(async () => {
    service = await RestService.start(...(engine === "redis" ? ["--redis-url", redis.url] : []));
  });
  afterAll(() => service[Symbol.asyncDispose]());

  test("a poll without a wait answers with what has come", async () => {
    const ada = await service.join("polls", "ada");
    const ben = await service.join("polls", "ben");
    const signals = "/v1/rooms/polls/peers/ada/signals";
    const json = [1, 2, 3].map((seq) => ({ seq, to: "ada", bye: { reason: `${seq}` } }));
    await service.ask("POST", "/v1/rooms/polls/peers/ben/signals", { token: ben, json });
    const [welcome, ...rest] = await service.poll(`${signals}?wait=0`, ada);
    expect(welcome).toHaveProperty("welcome.peers");
    expect(rest.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(await service.poll(`${signals}?wait=0&after=1`, ada)).toHaveLength(3);
    expect(await service.poll(`${signals}?wait=0&after=3`, ada)).toHaveLength(1);
  });

  test("a poll that waits answers as soon as something comes, and an older one is replaced", async () => {
    const ada = await service.join("waits", "ada");
    const ben = await service.join("waits", "ben");
    const signals = "/v1/rooms/waits/peers/ada/signals";
    const attached = () => service.counts().attached;
    const older = service.ask("GET", signals, { token: ada });
    await until(
      () => attached() === 1,
      () => "the poll to begin",
    );
    const newer = service.poll(signals, ada);
    expect(await older).toMatchObject({ status: 409, json: { reason: "SESSION_REPLACED" } });
    await service.ask("POST", "/v1/rooms/waits/peers/ben/signals", {
      token: ben,
      json: { to: "ada", bye: { reason: "now" } },
    });
    expect(await newer).toMatchObject([{ welcome: {} }, { seq: 1, sender: "ben" }]);
  });

  test("a roster that is known is not sent again", async () => {
    const ada = await service.join("rosters", "ada");
    const signals = "/v1/rooms/rosters/peers/ada/signals?wait=0";
    const [first] = (await service.poll(signals, ada)) as { welcome?: { rosterVersion: number } }[];
    const known = await service.poll(`${signals}&roster=${first?.welcome?.rosterVersion}`, ada);
    expect(known).toMatchObject([{ welcome: { rosterUnchanged: true } }]);
    await service.join("rosters", "ben");
    const changed = await service.poll(`${signals}&roster=${first?.welcome?.rosterVersion}`, ada);
    expect(changed).toMatchObject([{ welcome: { peers: [{ peerId: "ben" }] } }]);
  });

  test("a large mailbox takes several polls, and nothing is lost between them", async () => {
    const ada = await service.join("large", "ada");
    const ben = await service.join("large", "ben");
    const reason = "x".repeat(250);
    const sdp = `v=0\r\n${"a=filler\r\n".repeat(2000)}`;
    for (let seq = 1; seq <= 10; seq++) {
      const json = seq % 2 === 0 ? { seq, to: "ada", bye: { reason } } : { seq, to: "ada", offer: { sdp } };
      await service.ask("POST", "/v1/rooms/large/peers/ben/signals", { token: ben, json });
    }
    const seen: number[] = [];
    let polls = 0;
    while (seen.length < 10 && polls < 10) {
      polls++;
      const path = `/v1/rooms/large/peers/ada/signals?wait=0&after=${seen.at(-1) ?? 0}`;
      for (const { seq } of await service.poll(path, ada)) if (seq !== undefined && seq > 0) seen.push(seq);
    }
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(polls).toBeGreaterThan(1);
  });
});
