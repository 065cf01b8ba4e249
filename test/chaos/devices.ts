import { within } from "../kit/within.ts";
import { BridgeProcess } from "../mqtt/bridge-process.ts";
import { Mosquitto } from "../mqtt/mosquitto.ts";

/** How long an active bridge may be silent until a standby takes over, in seconds. */
const takeover = 3;

/** How long a bridge may take, in milliseconds. */
const bridgeMs = 60_000;

/** The broker of the devices, and the bridges between it and the service. */
export class Devices implements AsyncDisposable {
  readonly broker: Mosquitto;
  readonly #url: string;
  #active: BridgeProcess;
  #standby: BridgeProcess | undefined;

  private constructor(broker: Mosquitto, url: string) {
    this.broker = broker;
    this.#url = url;
    this.#active = this.#bridge();
  }

  /** Resolves when a bridge serves the devices. @param url the address of the service */
  static async start(url: string): Promise<Devices> {
    const devices = new Devices(await Mosquitto.start(), url);
    try {
      await heard(devices.#active, "active");
      return devices;
    } catch (error) {
      await devices[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Starts a second bridge; resolves when it stands by. */
  async startStandby(): Promise<void> {
    this.#standby = this.#bridge();
    await heard(this.#standby, "standing by");
  }

  /** Kills the active bridge; resolves when the standby serves the devices. */
  async killActive(): Promise<void> {
    if (this.#standby === undefined) throw new Error("there is no standby");
    const exitCode = await this.#active.stop("SIGKILL");
    if (exitCode !== null)
      throw new Error(`the bridge ended by itself, with ${exitCode}:\n${this.#active.log}`);
    this.#active = this.#standby;
    this.#standby = undefined;
    await heard(this.#active, "active");
  }

  /** Kills the broker and starts it again; resolves when a bridge serves the devices. */
  async killBroker(): Promise<void> {
    const times = this.#active.timesSaid("active");
    await this.broker.kill();
    await this.broker.start();
    await heard(this.#active, "active", times + 1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#standby?.[Symbol.asyncDispose]();
    await this.#active[Symbol.asyncDispose]();
    await this.broker[Symbol.asyncDispose]();
  }

  #bridge(): BridgeProcess {
    const flags = {
      broker: this.broker.url,
      url: this.#url,
      takeover: `${takeover}`,
      "device-join-rate": "100",
    };
    return new BridgeProcess(Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]));
  }
}

/** Waits until a bridge has logged this, so many times in all. */
function heard(bridge: BridgeProcess, message: string, times?: number): Promise<void> {
  return within(bridgeMs, `a bridge that is ${message}`, bridge.says(message, times));
}
