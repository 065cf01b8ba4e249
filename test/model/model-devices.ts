import { setImmediate } from "node:timers/promises";
import { connectAsync, type MqttClient } from "mqtt";
import { MqttBridge } from "../../server/src/bridges/mqtt/mqtt-bridge.ts";
import { deviceBase } from "../../server/src/bridges/mqtt/topics.ts";
import type { SessionContext } from "../../server/src/session/session-context.ts";
import { systemClock } from "../../server/src/time/clock.ts";
import { LogBook } from "../contract/stage/log-book.ts";
import { until } from "../kit/until.ts";
import { Mosquitto } from "../mqtt/mosquitto.ts";
import { bridgeOptions } from "../mqtt/scene.ts";
import { BridgeSocket } from "./bridge-socket.ts";
import { DeviceCall } from "./device-call.ts";

const most = 1_000_000;

/**
 * The devices of the worlds of a run, one world after the other. Their broker and their bridge are real. The streams of the
 * bridge at the service are not: they belong to the world, with its clock. One connection to the broker is enough for all
 * devices, so that what they publish keeps its order. What happens with connections of their own is for test/mqtt.
 */
export class ModelDevices implements AsyncDisposable {
  readonly #broker: Mosquitto;
  readonly #bridge: MqttBridge;
  readonly #client: MqttClient;
  /** By the base of their topics. */
  readonly #calls = new Map<string, DeviceCall>();
  #host: (() => SessionContext) | undefined;
  #published = 0;
  #received = 0;

  private constructor(broker: Mosquitto, client: MqttClient) {
    this.#broker = broker;
    this.#client = client;
    const options = bridgeOptions(
      { url: "http://127.0.0.1", broker },
      {
        // Nothing of the bridge is to happen because the machine is slow.
        takeoverMs: 60_000,
        limits: {
          payloadBytes: most,
          queuedMessages: most,
          silenceMs: 3_600_000,
          openings: { burst: most, perSecond: most },
        },
        openSocket: () => BridgeSocket.open(this.#nextHost()),
      },
    );
    this.#bridge = new MqttBridge(options, new LogBook(), systemClock);
    client.on("message", (topic, payload) => {
      this.#received++;
      this.#calls.get(topic.slice(0, topic.lastIndexOf("/")))?.received(payload);
    });
  }

  static async start(): Promise<ModelDevices> {
    const broker = await Mosquitto.start();
    const client = await connectAsync(broker.url, { protocolVersion: 5, reconnectPeriod: 0 });
    const devices = new ModelDevices(broker, client);
    await client.subscribeAsync("parley/v1/+/+/down", { qos: 1 });
    devices.#bridge.start();
    await until(
      () => devices.#bridge.isActive,
      () => "an active bridge",
    );
    return devices;
  }

  /** A world begins. @param host the node that the next stream reaches */
  begin(host: () => SessionContext): void {
    this.#host = host;
    this.#calls.clear();
  }

  /** A stream of a device. It is opened by its first message. */
  open(room: string, peerId: string): DeviceCall {
    const base = deviceBase({ room, peerId });
    this.#calls.get(base)?.supersede();
    const call = new DeviceCall({
      up: (payload) => this.#publish(`${base}/up`, Buffer.from(payload)),
      gone: () => this.#publish(`${base}/gone`, Buffer.from("gone")),
    });
    this.#calls.set(base, call);
    return call;
  }

  /** Whether all that was published has arrived, in both directions. */
  get isIdle(): boolean {
    const { received, sent, waiting } = this.#bridge.counts;
    return received === this.#published && waiting === 0 && sent === this.#received;
  }

  async settle(): Promise<void> {
    while (!this.isIdle) {
      if (!this.#client.connected || !this.#bridge.isActive) throw new Error("the broker was lost");
      await setImmediate();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#bridge.close();
    await this.#client.endAsync();
    await this.#broker[Symbol.asyncDispose]();
  }

  #publish(topic: string, payload: Buffer): void {
    this.#published++;
    this.#client.publish(topic, payload, { qos: 1 }, () => {});
  }

  #nextHost(): SessionContext {
    if (this.#host === undefined) throw new Error("there is no world");
    return this.#host();
  }
}
