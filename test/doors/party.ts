import type { SignalResponse } from "@parley/contract";
import { joinOf } from "../contract/stage/stage.ts";
import type { First, SignalInit, Stream, Way } from "../contract/ways/index.ts";
import { until } from "../kit/until.ts";

/** How long signals may take on a busy machine, in milliseconds. */
const patienceMs = 30_000;

/** A peer that may change its door: it repeats what was not acknowledged, as every client of the contract does. */
export class Party {
  readonly name: string;
  /** The relayed signals that it received, as they came. */
  readonly heard: SignalResponse[] = [];
  readonly #sent: SignalInit[] = [];
  #acked = 0;
  #token = "";
  #stream: Stream | undefined;

  constructor(name: string) {
    this.name = name;
  }

  async join(way: Way, url: string, room: string): Promise<void> {
    const opened = await this.#try(way, url, { case: "join", ...joinOf(this.name, { room }) } as First);
    if (opened !== "open") throw new Error(`${this.name} cannot join: the connection was lost`);
  }

  /** Continues the session, by another door and at another node if need be. */
  async resume(way: Way, url: string): Promise<void> {
    const lastSeq = this.heard.at(-1)?.seq ?? 0;
    const value = { sessionToken: this.#token, lastSeq, ackedSeq: this.#acked };
    // A connection to a node that is gone may still be reported as lost: to the device too, whose bridge had it.
    await until(
      async () => (await this.#try(way, url, { case: "resume", value })) === "open",
      () => `${this.name} to resume`,
      patienceMs,
    );
    const missing = this.#sent.slice(this.#acked);
    if (missing.length > 0) await this.#stream?.send(this.#token, ...missing);
  }

  /** Sends signals, numbered. What becomes of them is not waited for. */
  async send(...signals: SignalInit[]): Promise<void> {
    const numbered = signals.map((signal, index) => ({ seq: this.#sent.length + index + 1, ...signal }));
    this.#sent.push(...numbered);
    await this.#stream?.send(this.#token, ...numbered);
  }

  cut(): void {
    this.#stream?.cut();
    this.#stream = undefined;
  }

  async hears(count: number): Promise<void> {
    await until(
      () => this.heard.length >= count,
      () => `${count} signals for ${this.name}; there are ${this.heard.map(({ seq }) => seq)}`,
      patienceMs,
    );
  }

  /** Opens a stream. Throws if the service refuses to. */
  async #try(way: Way, url: string, first: First): Promise<"open" | "lost"> {
    const stream = way.open(url, first);
    this.#stream = stream;
    const welcome = await stream.inbox.next();
    if ("code" in welcome && ["CUT", "UNAVAILABLE"].includes(welcome.code)) {
      stream.cut();
      return "lost";
    }
    if (!("body" in welcome) || welcome.body.case !== "welcome") {
      throw new Error(`no Welcome for ${this.name}, but ${JSON.stringify(welcome)}`);
    }
    this.#token = welcome.body.value.sessionToken;
    this.#acked = welcome.ack;
    void this.#read(stream);
    return "open";
  }

  async #read(stream: Stream): Promise<void> {
    for (;;) {
      const next = await stream.inbox.next();
      if ("code" in next) return;
      this.#acked = Math.max(this.#acked, next.ack);
      if (next.seq > 0) this.heard.push(next);
    }
  }
}
