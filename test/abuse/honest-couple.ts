import { performance } from "node:perf_hooks";
import process from "node:process";
import { SignalingClient } from "../../client-web/src/index.ts";
import { transportOf, type Way } from "../chaos/fresh-transport.ts";
import { until } from "../kit/until.ts";
import { within } from "../kit/within.ts";

const settleMs = 20_000;

/** The variable with the access tokens of the peers, by their names, in JSON; absent if they need none. */
export const honestTokens = "HONEST_TOKENS";
const tokens = JSON.parse(process.env[honestTokens] ?? "{}") as Readonly<Record<string, string>>;

/** What two peers noticed of a stretch of time. */
export interface Observation {
  /** From sender to recipient, in milliseconds. */
  readonly latencies: readonly number[];
  /** Streams and sessions lost, signals refused, doubled or out of order. Should be empty. */
  readonly troubles: readonly string[];
}

/** Two peers of one room that send each other numbered signals: one over gRPC, one as a web page does. */
export class HonestCouple {
  #latencies: number[] = [];
  #troubles: string[] = [];
  readonly #ada: HonestPeer;
  readonly #grace: HonestPeer;

  constructor(url: string) {
    const trouble = (text: string) => this.#troubles.push(text);
    this.#ada = new HonestPeer("ada", "gRPC", url, trouble);
    this.#grace = new HonestPeer("grace", "web", url, trouble);
    const latency = (ms: number) => this.#latencies.push(ms);
    this.#ada.listenTo(this.#grace, latency);
    this.#grace.listenTo(this.#ada, latency);
  }

  async meet(): Promise<void> {
    const { promise: met, resolve } = Promise.withResolvers<void>();
    this.#ada.client.on("peer", () => resolve());
    await this.#ada.client.connect();
    await this.#grace.client.connect();
    await within(settleMs, "the honest couple to meet", met);
  }

  /** Forgets what was observed so far. */
  begin(): void {
    this.#latencies = [];
    this.#troubles = [];
  }

  send(): void {
    this.#ada.sendTo(this.#grace);
    this.#grace.sendTo(this.#ada);
  }

  /** Waits until everything sent has been settled, and returns what was observed. */
  async end(): Promise<Observation> {
    const [ada, grace] = [this.#ada, this.#grace];
    const settled = async () => ada.settledWith(grace) && grace.settledWith(ada);
    await until(settled, "the honest couple's signals to arrive", settleMs).catch((error: Error) =>
      this.#troubles.push(error.message),
    );
    return { latencies: this.#latencies, troubles: this.#troubles };
  }
}

class HonestPeer {
  readonly client: SignalingClient;
  readonly #name: string;
  readonly #trouble: (text: string) => void;
  readonly #sentAt: number[] = [];
  #received = 0;
  #unsettled = 0;

  constructor(name: string, way: Way, url: string, trouble: (text: string) => void) {
    this.#name = name;
    this.#trouble = trouble;
    const token = tokens[name];
    const transport = transportOf(way, url);
    this.client = new SignalingClient({ transport, room: "honest", peerId: name, token });
    this.client.on("reset", (error) => trouble(`${name} lost its session: ${error.reason}`));
    this.client.on("closed", (error) => trouble(`${name} was closed: ${error?.reason}`));
    this.client.on("state", (state, error) => {
      if (state === "reconnecting") trouble(`${name} lost its stream: ${error?.reason}`);
    });
  }

  listenTo(other: HonestPeer, latency: (ms: number) => void): void {
    this.client.on("signal", (signal) => {
      const number = signal.kind === "bye" ? Number(signal.reason) : 0;
      if (number !== ++this.#received)
        this.#trouble(`${this.#name} received ${number}, not ${this.#received}`);
      latency(performance.now() - (other.#sentAt[number - 1] ?? 0));
    });
  }

  sendTo(other: HonestPeer): void {
    const number = this.#sentAt.push(performance.now());
    this.#unsettled++;
    this.client
      .send({ kind: "bye", to: other.#name, reason: String(number) })
      .catch((error: unknown) => this.#trouble(`${this.#name}: ${number} was refused: ${error}`))
      .finally(() => this.#unsettled--);
  }

  /** Everything that either sent has arrived, and its sender knows. */
  settledWith(other: HonestPeer): boolean {
    return this.#unsettled === 0 && this.#received === other.#sentAt.length;
  }
}
