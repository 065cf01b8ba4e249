import { afterAll, beforeAll, expect, test } from "vitest";
import { MqttBridge } from "../../server/src/bridges/mqtt/mqtt-bridge.ts";
import { Server } from "../../server/src/server.ts";
import { systemClock } from "../../server/src/time/clock.ts";
import { answer, offer } from "../contract/stage/actor.ts";
import { LogBook } from "../contract/stage/log-book.ts";
import { configOf } from "../contract/stage/stage.ts";
import { TcpProxy } from "../kit/tcp-proxy.ts";
import { until } from "../kit/until.ts";
import { Mosquitto } from "../mqtt/mosquitto.ts";
import { bridgeOptions } from "../mqtt/scene.ts";
import { startNode } from "../proxies/parley-node.ts";
import { RedisServer } from "../redis/redis-server.ts";
import { callOf, candidates, signalsOfASide, trickle, wordsOf } from "./call.ts";
import { doorsBehind } from "./doors.ts";
import { Party } from "./party.ts";
import { isWhole, Tally } from "./tally.ts";

/** A broker whose devices reach the service at an address, by a bridge. */
class Devices implements AsyncDisposable {
  readonly broker: Mosquitto;
  readonly #bridge: MqttBridge;

  private constructor(broker: Mosquitto, url: string) {
    this.broker = broker;
    this.#bridge = new MqttBridge(bridgeOptions({ url, broker }, {}), new LogBook(), systemClock);
    this.#bridge.start();
  }

  static async at(url: string): Promise<Devices> {
    const devices = new Devices(await Mosquitto.start(), url);
    await until(
      () => devices.#bridge.isActive,
      () => "an active bridge",
    );
    return devices;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#bridge.close();
    await this.broker[Symbol.asyncDispose]();
  }
}

const parts = new AsyncDisposableStack();
let redis: RedisServer;
/** The address of the node that is killed, and then of the one that is left. */
let balancer: TcpProxy;
let target = 0;
let survivor: string;
let near: Devices;
let far: Devices;
beforeAll(async () => {
  redis = parts.use(await RedisServer.start());
  const server = new Server(await configOf(["--node", "survivor", "--redis-url", redis.url]), {
    logger: new LogBook(),
  });
  parts.defer(() => server.close(0));
  survivor = (await server.start()).url;
  balancer = parts.use(await TcpProxy.start(() => [target]));
  near = parts.use(await Devices.at(balancer.url));
  far = parts.use(await Devices.at(survivor));
});
const tally = new Tally();
afterAll(async () => {
  await parts.disposeAsync();
  if (isWhole) await tally.write("kills", shifts.length * here.length);
});

const here = doorsBehind(() => near.broker.url);
const there = doorsBehind(() => far.broker.url);

/** How much further in the list the door of the side that stays is. Each door is on either side in each case. */
const shifts = isWhole ? here.map((_, shift) => shift) : [0, 1, 4];

test.each(shifts)(
  "kill -9 of a node: who was on it goes on at another, and no signal is lost, repeated or overtaken (%i)",
  async (shift) => {
    await using victim = await startNode(`victim-${shift}`, ["--redis-url", redis.url]);
    target = victim.port;
    const calls = here.map(([name, first], index) => {
      const [other, second] = there[(index + shift) % there.length] ?? there[0] ?? [name, first];
      const [ada, ben] = [new Party("ada"), new Party("ben")];
      return { doors: [name, other] as const, room: `kill-${shift}-${index}`, first, second, ada, ben };
    });
    await Promise.all(
      calls.map(async ({ room, first, second, ada, ben }) => {
        await ada.join(first, balancer.url, room);
        await ben.join(second, survivor, room);
        await ada.send(offer("ben", "offer"), ...trickle("ben", 0));
        await ben.hears(1 + candidates);
      }),
    );
    // What is under way may be lost, and who sends to a node that is gone may wait for it in vain.
    const toSurvivor = calls.map(({ ben }) => ben.send(answer("ada", "answer"), ...trickle("ada", 0)));
    for (const { ada } of calls) ada.send(...trickle("ben", candidates)).catch(() => {});
    await victim.process.end("SIGKILL");
    expect(victim.process.endedBy).toBe("SIGKILL");
    await Promise.all(toSurvivor);
    target = Number(new URL(survivor).port);
    await Promise.all(
      calls.map(async ({ first, ada, ben }) => {
        await ben.send(...trickle("ada", candidates));
        ada.cut();
        await ada.resume(first, balancer.url);
        await Promise.all([ada.hears(signalsOfASide), ben.hears(signalsOfASide)]);
      }),
    );
    for (const { doors, ada, ben } of calls) {
      const [byAda, byBen] = [ada.heard.map(wordsOf), ben.heard.map(wordsOf)];
      tally.side(doors, callOf("ben", "answer"), byAda);
      tally.side(doors, callOf("ada", "offer"), byBen);
      expect(byBen, doors.join(" and ")).toEqual(callOf("ada", "offer"));
      expect(byAda, doors.join(" and ")).toEqual(callOf("ben", "answer"));
      ada.cut();
      ben.cut();
    }
  },
  120_000,
);
