import { randomUUID } from "node:crypto";
import type { Logger } from "../../ops/logger.ts";
import type { Clock } from "../../time/clock.ts";
import { type BrokerAddress, BrokerConnection } from "./broker-connection.ts";
import { deviceFilters, presenceTopic } from "./topics.ts";

export interface LeaseOptions {
  readonly broker: BrokerAddress;
  /** The client id of the active bridge: the broker lets one connection alone have it. */
  readonly clientId: string;
  /** How long the active bridge may say nothing before a standby takes over, in milliseconds. */
  readonly takeoverMs: number;
}

/** What a bridge is: the one that serves the devices, one that stands by, or neither, without a broker. */
export type LeaseState = "active" | "standby" | "connecting";

/** What happens to the bridge. */
export interface LeaseListener {
  /** It is the active one, until `lost`. */
  acquired(connection: BrokerConnection): void;
  lost(): void;
  /** A message of a device came, to the active bridge and to each standby. */
  message(topic: string, payload: Buffer): void;
}

/** How long a bridge waits before it connects again, in milliseconds: twice as long each time, and how much chance adds. */
const reconnectMs = 250;
const mostReconnectMs = 2000;
const spreadMs = 250;
/** How many renewals a standby may miss. */
const renewalsPerTakeover = 3;

/**
 * Makes one bridge of several the active one. The lease is the client id: a broker closes the older of two connections
 * with the same one, so two bridges are never active at once, whatever each believes. A retained message with a Will
 * shows the others that the lease is held, and is renewed, because a broker that was killed publishes no Will.
 */
export class Lease {
  readonly #options: LeaseOptions;
  readonly #listener: LeaseListener;
  readonly #logger: Logger;
  readonly #clock: Clock;
  /** What this bridge retains under the presence topic. */
  readonly #name = randomUUID();
  #connection: BrokerConnection | undefined;
  #state: LeaseState = "connecting";
  #holder = "";
  #reconnectMs = reconnectMs;
  #stopTimer: () => void = () => {};
  #stopped = false;

  constructor(options: LeaseOptions, listener: LeaseListener, logger: Logger, clock: Clock) {
    this.#options = options;
    this.#listener = listener;
    this.#logger = logger;
    this.#clock = clock;
  }

  get state(): LeaseState {
    return this.#state;
  }

  start(): void {
    this.#standBy();
  }

  /** Hands the lease on. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#stopTimer();
    const connection = this.#connection;
    this.#connection = undefined;
    if (this.#state === "active") {
      this.#lose();
      connection?.retain(presenceTopic, "");
    }
    await connection?.end();
  }

  #standBy(): void {
    this.#holder = "";
    const connection = this.#connect(`${this.#options.clientId}-standby-${this.#name}`, {
      connected: () =>
        // What is retained comes before the answer to the second subscription.
        connection.subscribe([presenceTopic], () =>
          connection.subscribe(deviceFilters, () => {
            this.#state = "standby";
            this.#logger.info({}, "standing by");
            this.#watch();
          }),
        ),
      presence: (holder) => {
        this.#holder = holder;
        this.#reconnectMs = reconnectMs;
        this.#watch();
      },
    });
  }

  /** Waits for the lease to lapse. */
  #watch(): void {
    const isFree = this.#holder === "" || this.#holder === this.#name;
    this.#after(isFree ? Math.random() * spreadMs : this.#options.takeoverMs, () => this.#claim());
  }

  #claim(): void {
    this.#connection?.cut();
    const connection = this.#connect(
      this.#options.clientId,
      {
        connected: () =>
          connection.subscribe([presenceTopic, ...deviceFilters], () => {
            this.#state = "active";
            this.#reconnectMs = reconnectMs;
            this.#logger.info({}, "active");
            this.#renew(connection);
            this.#listener.acquired(connection);
          }),
        presence: (holder) => {
          if (this.#state !== "active" || holder === this.#name) return;
          // The Will of the bridge before this one can come late.
          if (holder === "") return connection.retain(presenceTopic, this.#name);
          this.#logger.warn({}, "another bridge is active under another client id: standing by");
          connection.cut();
          this.#closed(undefined);
        },
      },
      presenceTopic,
    );
  }

  #renew(connection: BrokerConnection): void {
    connection.retain(presenceTopic, this.#name);
    this.#after(this.#options.takeoverMs / renewalsPerTakeover, () => this.#renew(connection));
  }

  #connect(
    clientId: string,
    handlers: { readonly connected: () => void; readonly presence: (holder: string) => void },
    emptiedTopic?: string,
  ): BrokerConnection {
    const connection = new BrokerConnection(this.#options.broker, {
      clientId,
      keepaliveSeconds: Math.max(1, Math.floor(this.#options.takeoverMs / 1000)),
      ...(emptiedTopic === undefined ? {} : { emptiedTopic }),
      connected: handlers.connected,
      message: (topic, payload) => {
        if (topic === presenceTopic) handlers.presence(payload.toString());
        else this.#listener.message(topic, payload);
      },
      closed: (error) => this.#closed(error),
    });
    this.#connection = connection;
    return connection;
  }

  #closed(error: Error | undefined): void {
    this.#logger.warn({ cause: error?.message }, "the connection to the broker is lost");
    this.#lose();
    this.#after(this.#reconnectMs + Math.random() * spreadMs, () => this.#standBy());
    this.#reconnectMs = Math.min(this.#reconnectMs * 2, mostReconnectMs);
  }

  #lose(): void {
    const wasActive = this.#state === "active";
    this.#state = "connecting";
    if (wasActive) this.#listener.lost();
  }

  /** One thing is waited for at a time. */
  #after(delayMs: number, callback: () => void): void {
    this.#stopTimer();
    if (!this.#stopped) this.#stopTimer = this.#clock.after(delayMs, callback);
  }
}
