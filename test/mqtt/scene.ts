import { MqttBridge, type MqttBridgeOptions } from "../../server/src/bridges/mqtt/mqtt-bridge.ts";
import { Server } from "../../server/src/server.ts";
import { systemClock } from "../../server/src/time/clock.ts";
import { LogBook } from "../contract/stage/log-book.ts";
import { configOf } from "../contract/stage/stage.ts";
import { until } from "../kit/until.ts";
import { Mosquitto, type MosquittoOptions } from "./mosquitto.ts";

/** A service, a broker and a bridge between them. */
export class Scene implements AsyncDisposable {
  readonly server: Server;
  readonly url: string;
  readonly broker: Mosquitto;
  readonly log = new LogBook();
  readonly #bridges: MqttBridge[] = [];

  private constructor(server: Server, url: string, broker: Mosquitto) {
    this.server = server;
    this.url = url;
    this.broker = broker;
  }

  static async start(flags: readonly string[] = [], broker: MosquittoOptions = {}): Promise<Scene> {
    const server = new Server(await configOf(flags), { logger: new LogBook() });
    const { url } = await server.start();
    return new Scene(server, url, await Mosquitto.start(broker));
  }

  /** Starts a bridge; resolves when it is active, unless another one is. */
  async bridge(change: Partial<MqttBridgeOptions> = {}): Promise<MqttBridge> {
    const bridge = new MqttBridge(bridgeOptions(this, change), this.log, systemClock);
    this.#bridges.push(bridge);
    bridge.start();
    await until(
      () => this.#bridges.some(({ isActive }) => isActive),
      () => "an active bridge",
    );
    return bridge;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const bridge of this.#bridges) await bridge.close();
    await this.broker[Symbol.asyncDispose]();
    await this.server.close(0);
  }
}

/** The options of a bridge between a service and a broker, both on loopback. */
export function bridgeOptions(
  { url, broker }: { readonly url: string; readonly broker: Mosquitto },
  change: Partial<MqttBridgeOptions>,
): MqttBridgeOptions {
  const none = { username: undefined, password: undefined, ca: undefined, cert: undefined, key: undefined };
  return {
    service: { url, ca: undefined },
    broker: { url: broker.url, version: "5", ...none },
    clientId: "parley-bridge",
    takeoverMs: 1500,
    devices: 100,
    limits: {
      payloadBytes: 262_144,
      queuedMessages: 256,
      silenceMs: 45_000,
      openings: { burst: 10, perSecond: 5 },
    },
    ...change,
  };
}
