import { Reason } from "@parley/contract";
import type { Logger } from "../../ops/logger.ts";
import type { Clock } from "../../time/clock.ts";
import { RateLimiter } from "../../time/rate-limiter.ts";
import { Timers } from "../../time/timers.ts";
import { closedPayload, endingOf } from "./answers.ts";
import type { BrokerConnection } from "./broker-connection.ts";
import { Device, type DeviceContext, type DeviceLimits } from "./device.ts";
import { Lease, type LeaseOptions } from "./lease.ts";
import { Outbox } from "./outbox.ts";
import { formOf } from "./payload.ts";
import type { ServiceAddress } from "./service-stream.ts";
import { type DeviceTopic, readTopic } from "./topics.ts";

/** What a bridge is made from. */
export interface MqttBridgeOptions extends LeaseOptions {
  readonly service: ServiceAddress;
  /** Finds the access token of a device that sends none, or ""; absent if the bridge has none. */
  readonly accessToken?: ((peerId: string) => string) | undefined;
  /** How many devices it serves. */
  readonly devices: number;
  readonly limits: DeviceLimits;
}

/** How many devices are asked to resume per second after a takeover, and how long that may take, in milliseconds. */
const recallsPerSecond = 200;
const mostRecallMs = 10_000;
const timerResolutionMs = 100;
const overloadRetryMs = 5000;

/** Lets devices that speak MQTT with a broker be peers: each has a stream of its own at the service. */
export class MqttBridge {
  readonly #options: MqttBridgeOptions;
  readonly #lease: Lease;
  readonly #context: DeviceContext;
  /** By the base of their topics: those that have spoken lately. A standby knows them too. */
  readonly #devices = new Map<string, Device>();
  #outbox: Outbox | undefined;
  /** Timers alone keep no process alive. */
  #alive: ReturnType<typeof setInterval> | undefined;

  constructor(options: MqttBridgeOptions, logger: Logger, clock: Clock) {
    this.#options = options;
    const timers = new Timers(clock, timerResolutionMs);
    this.#context = {
      service: options.service,
      accessToken: options.accessToken,
      limits: options.limits,
      timers,
      openings: new RateLimiter(options.limits.openings, () => timers.now()),
      send: (base, payload, done) => this.#outbox?.send(`${base}/down`, payload, done),
      forget: ({ base }) => this.#devices.delete(base),
    };
    const listener = {
      acquired: (connection: BrokerConnection) => this.#acquired(connection),
      lost: () => this.#lost(),
      message: (topic: string, payload: Buffer) => this.#message(topic, payload),
    };
    this.#lease = new Lease(options, listener, logger, clock);
  }

  /** Whether it is the bridge that serves the devices. */
  get isActive(): boolean {
    return this.#lease.isActive;
  }

  /** How many devices have spoken lately. */
  get devices(): number {
    return this.#devices.size;
  }

  start(): void {
    this.#alive = setInterval(() => {}, 2 ** 30);
    this.#lease.start();
  }

  /** Hands the devices to a standby, if there is one. Their sessions wait for a resume. */
  async close(): Promise<void> {
    for (const device of this.#devices.values()) device.drop();
    this.#devices.clear();
    await this.#lease.stop();
    clearInterval(this.#alive);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #acquired(connection: BrokerConnection): void {
    this.#outbox = new Outbox(
      (topic, payload, done) => connection.publish(topic, payload, done),
      connection.window,
    );
    const spreadMs = Math.min(mostRecallMs, (this.#devices.size / recallsPerSecond) * 1000);
    // One device alone need not wait.
    let at = 0;
    for (const device of this.#devices.values()) device.recall((at++ / this.#devices.size) * spreadMs);
  }

  #lost(): void {
    this.#outbox?.close();
    this.#outbox = undefined;
    for (const device of this.#devices.values()) device.lost();
  }

  #message(topic: string, payload: Buffer): void {
    const read = readTopic(topic);
    if (read === undefined) return;
    const known = this.#devices.get(read.base);
    if (read.kind === "gone") return known?.gone();
    // An empty message only takes back what the broker retained.
    if (payload.byteLength === 0) return;
    const device = known ?? this.#meet(read, payload);
    if (this.isActive) device?.up(payload);
    else device?.heard();
  }

  #meet({ base, names }: DeviceTopic, first: Buffer): Device | undefined {
    if (names === undefined) {
      const message = "the names in the topic are spelled in another way than docs/transports.md describes";
      return void this.#refuse(base, first, endingOf(Reason.PEER_ID_INVALID, message));
    }
    if (this.#devices.size >= this.#options.devices) {
      const message = `this bridge serves ${this.#options.devices} devices already`;
      const ending = endingOf(Reason.SERVER_FULL, message, { retryAfterMs: overloadRetryMs });
      return void this.#refuse(base, first, ending);
    }
    const device = new Device(this.#context, base, names, first);
    this.#devices.set(base, device);
    return device;
  }

  #refuse(base: string, first: Buffer, ending: ReturnType<typeof endingOf>): void {
    this.#context.send(base, closedPayload(ending, formOf(first)), () => {});
  }
}
