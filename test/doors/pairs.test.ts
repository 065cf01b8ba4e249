import type { SignalResponse } from "@parley/contract";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MqttBridge } from "../../server/src/bridges/mqtt/mqtt-bridge.ts";
import { Server } from "../../server/src/server.ts";
import { systemClock } from "../../server/src/time/clock.ts";
import { answer, iceCandidate, offer } from "../contract/stage/actor.ts";
import { nameInCandidate } from "../contract/stage/content.ts";
import { LogBook } from "../contract/stage/log-book.ts";
import { configOf } from "../contract/stage/stage.ts";
import { connectNodeGrpc } from "../contract/ways/connect-node.ts";
import { connectWebConnect, connectWebGrpcWeb } from "../contract/ways/connect-web.ts";
import type { Way } from "../contract/ways/index.ts";
import { plainHttp } from "../contract/ways/plain-http.ts";
import { restHttp1, restHttp2 } from "../contract/ways/rest.ts";
import { tcp } from "../contract/ways/tcp.ts";
import { webSocketBinary, webSocketJson } from "../contract/ways/websocket.ts";
import { until } from "../kit/until.ts";
import { Mosquitto } from "../mqtt/mosquitto.ts";
import { bridgeOptions } from "../mqtt/scene.ts";
import { RedisServer } from "../redis/redis-server.ts";
import { mqttWay } from "./mqtt-way.ts";
import { Party } from "./party.ts";

/** Each door, in the forms that differ on the wire. */
const doors: readonly (readonly [name: string, way: Way])[] = [
  ["gRPC", connectNodeGrpc],
  ["gRPC-Web", connectWebGrpcWeb],
  ["Connect", connectWebConnect],
  ["JSON", plainHttp],
  ["WebSocket", webSocketBinary],
  ["WebSocket JSON", webSocketJson],
  ["REST HTTP/1.1", restHttp1],
  ["REST HTTP/2", restHttp2],
  ["TCP", tcp],
  ["MQTT", mqttWay(() => broker.url)],
];
const pairs = doors.flatMap(([one, first]) =>
  doors.map(([other, second]) => [one, other, first, second] as const),
);

const candidates = 10;
let redis: RedisServer;
let broker: Mosquitto;
const servers: Server[] = [];
beforeAll(async () => {
  redis = await RedisServer.start();
  broker = await Mosquitto.start();
});
afterAll(async () => {
  await broker[Symbol.asyncDispose]();
  for (const server of servers) await server.close(0);
  await redis[Symbol.asyncDispose]();
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

const trickle = (to: string, from: number) =>
  Array.from({ length: candidates }, (_, index) => iceCandidate(to, `c${from + index}`));

/** A relayed signal: its number, its sender and what it says. */
function wordsOf({ seq, sender, body }: SignalResponse): string {
  const { case: kind, value } = body;
  const said = kind === "iceCandidate" ? nameInCandidate(value.candidate) : kind;
  return `${seq} from ${sender}: ${said}`;
}

/** All that one side of a call hears, in order. */
function callOf(sender: string, description: string): string[] {
  const said = [description, ...Array.from({ length: 2 * candidates }, (_, index) => `c${index}`)];
  return said.map((each, index) => `${index + 1} from ${sender}: ${each}`);
}

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
    async (_one, _other, first, second) => {
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
      const all = 1 + 2 * candidates;
      await Promise.all([ada.hears(all), ben.hears(all)]);
      expect(ben.heard.map(wordsOf)).toEqual(callOf("ada", "offer"));
      expect(ada.heard.map(wordsOf)).toEqual(callOf("ben", "answer"));
      ada.cut();
      ben.cut();
    },
  );
});
