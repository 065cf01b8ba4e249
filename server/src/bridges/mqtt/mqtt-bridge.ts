import { Reason } from "@parley/contract";
import type { Health } from "../../ops/health.ts";
import type { Logger } from "../../ops/logger.ts";
import type { Clock } from "../../time/clock.ts";
import { RateLimiter } from "../../time/rate-limiter.ts";
import { Timers } from "../../time/timers.ts";
import { closedPayload, endingOf } from "./answers.ts";
import { type BridgeCounts, healthOf } from "./bridge-health.ts";
import type { BrokerConnection } from "./broker-connection.ts";
import { Device, type DeviceContext, type DeviceLimits } from "./device.ts";
import { Lease, type LeaseOptions } from "./lease.ts";
import { Outbox } from "./outbox.ts";
import { formOf } from "./payload.ts";
import { type OpenSocket, type ServiceAddress, socketsOf } from "./service-stream.ts";
import { type DeviceTopic, readTopic } from "./topics.ts";

/** What a bridge is made from. */
export interface MqttBridgeOptions extends LeaseOptions {
  readonly service: ServiceAddress;
  /** Opens the WebSockets of the service; by default over the network. */
  readonly openSocket?: OpenSocket;
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
  #received = 0;
  /** By the outboxes of earlier connections. */
  #sentBefore = 0;
  #isStopping = false;
  /** Timers alone keep no process alive. */
  #alive: ReturnType<typeof setInterval> | undefined;

  constructor(options: MqttBridgeOptions, logger: Logger, clock: Clock) {
    this.#options = options;
    const timers = new Timers(clock, timerResolutionMs);
    this.#context = {
      openSocket: options.openSocket ?? socketsOf(options.service),
      accessToken: options.accessToken,
      limits: options.limits,
      timers,
      openings: new RateLimiter(options.limits.openings, () => timers.now()),
      send: (base, payload, done) => this.#outbox?.send(`${base}/down`, payload, done),
      answer: (base, payload, done) => this.#outbox?.answer(`${base}/down`, payload, done),
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
    return this.#lease.state === "active";
  }

  get counts(): BridgeCounts {
    const devices = [...this.#devices.values()];
    return {
      devices: devices.length,
      streams: devices.filter(({ hasStream }) => hasStream).length,
      received: this.#received,
      sent: this.#sentBefore + (this.#outbox?.sent ?? 0),
      waiting: this.#outbox?.waiting ?? 0,
    };
  }

  get health(): Health {
    return healthOf(this.#lease.state, this.counts, this.#isStopping);
  }

  start(): void {
    this.#alive = setInterval(() => {}, 2 ** 30);
    this.#lease.start();
  }

  /** Hands the devices to a standby, if there is one. Their sessions wait for a resume. */
  async close(): Promise<void> {
    this.#isStopping = true;
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
      // One for each device, which may all need one at once.
      this.#options.devices,
    );
    const spreadMs = Math.min(mostRecallMs, (this.#devices.size / recallsPerSecond) * 1000);
    // One device alone need not wait.
    let at = 0;
    for (const device of this.#devices.values()) device.recall((at++ / this.#devices.size) * spreadMs);
  }

  #lost(): void {
    this.#sentBefore += this.#outbox?.sent ?? 0;
    this.#outbox?.close();
    this.#outbox = undefined;
    for (const device of this.#devices.values()) device.lost();
  }

  #message(topic: string, payload: Buffer): void {
    const read = readTopic(topic);
    if (read === undefined) return;
    this.#received++;
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
      const message = "the names in the topic are invalid, or not spelled as docs/transports.md describes";
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
    this.#context.answer(base, closedPayload(ending, formOf(first)), () => {});
  }
}
