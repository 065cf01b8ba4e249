import { connect, type IClientOptions, type MqttClient } from "mqtt";
import { afterReading } from "../../time/clock.ts";

/** Where the broker is, and how this bridge shows itself there. */
export interface BrokerAddress {
  readonly url: string;
  readonly version: "5" | "3.1.1";
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** Authorities (PEM) that sign its certificate; the public ones if absent. */
  readonly ca: string | undefined;
  /** What this bridge shows a broker that asks for a certificate (PEM). */
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

/** One connection to the broker, without a session that outlives it. */
export interface ConnectionOptions {
  readonly clientId: string;
  readonly keepaliveSeconds: number;
  /** Emptied by the broker, and retained so, when the connection is lost. */
  readonly emptiedTopic?: string;
  connected(): void;
  message(topic: string, payload: Buffer): void;
  /** Called once, whether it was connected or not. */
  closed(error: Error | undefined): void;
}

const connectTimeoutMs = 5000;
/** How many messages may be without an answer, if the broker does not limit them further (MQTT 5, section 3.2.2.3.3). */
const mostUnanswered = 1000;
/** How long the broker keeps what a device does not fetch, in seconds (MQTT 5): sessions do not last longer. */
const expirySeconds = 60;

/** For the keepalive: what the broker has sent in time is read before it is judged. */
const patientTimer: Exclude<IClientOptions["timerVariant"], string | undefined> = {
  set: (callback, everyMs) => Number(setInterval(() => afterReading(() => void callback()), everyMs)),
  clear: clearInterval,
};

/** A connection to the broker that is opened once and never by itself again. */
export class BrokerConnection {
  readonly #client: MqttClient;
  #over = false;
  #window = mostUnanswered;

  constructor(address: BrokerAddress, options: ConnectionOptions) {
    this.#client = connect(address.url, clientOptions(address, options));
    let failure: Error | undefined;
    this.#client.on("error", (error) => {
      failure = error;
    });
    this.#client.on("connect", ({ properties }) => {
      this.#window = Math.min(mostUnanswered, properties?.receiveMaximum ?? mostUnanswered);
      if (!this.#over) options.connected();
    });
    this.#client.on("message", (topic, payload, { retain }) => {
      // A retained message of a device is an old one, and nothing in it is worth more than its repetition.
      if (!this.#over && !(retain && topic !== options.emptiedTopic && isDeviceTopic(topic))) {
        options.message(topic, payload);
      }
    });
    this.#client.on("close", () => {
      if (this.#over) return;
      this.#over = true;
      this.#client.end(true);
      options.closed(failure);
    });
  }

  /** How many messages may be without an answer of the broker. */
  get window(): number {
    return this.#window;
  }

  /** Calls back when the broker has accepted all of them; the connection ends if it does not. */
  subscribe(filters: readonly string[], done: () => void): void {
    this.#client.subscribe([...filters], { qos: 1 }, (error, granted = []) => {
      if (this.#over) return;
      const refused = granted.find(({ qos }) => qos >= refusedFrom);
      if (error === null && refused === undefined) return done();
      this.#client.stream.destroy(error ?? new Error(`the broker refuses ${refused?.topic}`));
    });
  }

  publish(topic: string, payload: Buffer, done: () => void = () => {}): void {
    const properties =
      this.#client.options.protocolVersion === 5 ? { messageExpiryInterval: expirySeconds } : {};
    this.#client.publish(topic, payload, { qos: 1, properties }, () => done());
  }

  /** Replaces what the broker retains under a topic. */
  retain(topic: string, payload: string, done: () => void = () => {}): void {
    this.#client.publish(topic, payload, { qos: 1, retain: true }, () => done());
  }

  /** Cuts the connection, as a crash would. */
  cut(): void {
    this.#over = true;
    this.#client.end(true);
  }

  /** Ends it in good order: no Will is published. */
  async end(): Promise<void> {
    this.#over = true;
    await this.#client.endAsync();
  }
}

/** In the answer to a subscription: it was not granted (MQTT 3.1.1, section 3.9.3). */
const refusedFrom = 0x80;

function isDeviceTopic(topic: string): boolean {
  return /\/(up|gone)$/.test(topic);
}

function clientOptions(address: BrokerAddress, options: ConnectionOptions): IClientOptions {
  const { version, username, password, ca, cert, key } = address;
  const { clientId, keepaliveSeconds: keepalive, emptiedTopic } = options;
  const given = { username, password, ca, cert, key };
  return {
    clientId,
    keepalive,
    protocolVersion: version === "5" ? 5 : 4,
    clean: true,
    reconnectPeriod: 0,
    timerVariant: patientTimer,
    connectTimeout: connectTimeoutMs,
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    ...(emptiedTopic === undefined
      ? {}
      : { will: { topic: emptiedTopic, payload: Buffer.alloc(0), qos: 1, retain: true } }),
  };
}
