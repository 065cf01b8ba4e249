import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MqttBridge } from "../../server/src/bridges/mqtt/mqtt-bridge.ts";
import { Server } from "../../server/src/server.ts";
import { systemClock } from "../../server/src/time/clock.ts";
import { answer, offer } from "../contract/stage/actor.ts";
import { LogBook } from "../contract/stage/log-book.ts";
import { configOf } from "../contract/stage/stage.ts";
import { until } from "../kit/until.ts";
import { Mosquitto } from "../mqtt/mosquitto.ts";
import { bridgeOptions } from "../mqtt/scene.ts";
import { RedisServer } from "../redis/redis-server.ts";
import { callOf, candidates, signalsOfASide, trickle, wordsOf } from "./call.ts";
import { doorsBehind } from "./doors.ts";
import { Party } from "./party.ts";
import { isWhole, Tally } from "./tally.ts";

const doors = doorsBehind(() => broker.url);
const pairs = doors.flatMap(([one, first]) =>
  doors.map(([other, second]) => [one, other, first, second] as const),
);

let redis: RedisServer;
let broker: Mosquitto;
const servers: Server[] = [];
const tally = new Tally();
beforeAll(async () => {
  redis = await RedisServer.start();
  broker = await Mosquitto.start();
});
afterAll(async () => {
  await broker[Symbol.asyncDispose]();
  for (const server of servers) await server.close(0);
  await redis[Symbol.asyncDispose]();
  if (isWhole) await tally.write("cuts", Object.keys(engines).length * pairs.length);
});

async function startNode(...flags: string[]): Promise<string> {
  const server = new Server(await configOf(flags), { logger: new LogBook() });
  servers.push(server);
  return (await server.start()).url;
}

const engines: Readonly<Record<string, () => Promise<readonly [string, string]>>> = {
  "one node": async () => {
    const url = await startNode();
    return [url, url];
  },
  "two nodes on Redis": async () => [
    await startNode("--node", "one", "--redis-url", redis.url),
    await startNode("--node", "two", "--redis-url", redis.url),
  ],
};

describe.each(Object.entries(engines))("%s", (_engine, start) => {
  let urls: readonly [string, string];
  let bridge: MqttBridge;
  beforeAll(async () => {
    urls = await start();
    bridge = new MqttBridge(bridgeOptions({ url: urls[0], broker }, {}), new LogBook(), systemClock);
    bridge.start();
    await until(
      () => bridge.isActive,
      () => "an active bridge",
    );
  });
  afterAll(() => bridge.close());
  let room = 0;

  test.each(pairs)(
    "%s and %s: a call, a cut on both sides, and each goes on by the other's door",
    async (one, other, first, second) => {
      const [here, there] = urls;
      const name = `pair-${room++}`;
      const ada = new Party("ada");
      const ben = new Party("ben");
      await ada.join(first, here, name);
      await ben.join(second, there, name);
      await ada.send(offer("ben", "offer"), ...trickle("ben", 0));
      await ben.hears(1 + candidates);
      await ben.send(answer("ada", "answer"), ...trickle("ada", 0));

      // What is under way may be lost, in either direction.
      ada.cut();
      await ben.send(...trickle("ada", candidates));
      ben.cut();
      await ada.resume(second, there);
      await ada.send(...trickle("ben", candidates));
      await ben.resume(first, here);
      await Promise.all([ada.hears(signalsOfASide), ben.hears(signalsOfASide)]);
      const [byAda, byBen] = [ada.heard.map(wordsOf), ben.heard.map(wordsOf)];
      tally.side([one, other], callOf("ben", "answer"), byAda);
      tally.side([one, other], callOf("ada", "offer"), byBen);
      expect(byBen).toEqual(callOf("ada", "offer"));
      expect(byAda).toEqual(callOf("ben", "answer"));
      ada.cut();
      ben.cut();
    },
  );
});
