import { randomBytes } from "node:crypto";
import type { SignalResponse, Welcome } from "@parley/contract";
import { within } from "../kit/within.ts";
import type { Ending } from "./arrivals.ts";
import type { SignalInit, Stream, TlsWay } from "./tls-way.ts";

type Body = Exclude<SignalResponse["body"], { case: undefined }>;
type ValueOf<Case extends Body["case"]> = Extract<Body, { case: Case }>["value"];

/** How long anything that is to come at once may take, in milliseconds: far less than what a proxy holds back. */
const atOnceMs = 3000;

/** A peer that comes by one way to one address, numbers what it sends, and can come back. */
export class ProxiedPeer {
  readonly name: string;
  readonly #way: TlsWay;
  readonly #ca: string;
  #stream: Stream | undefined;
  /** The node that its stream is on. */
  node = "";
  #token = "";
  #sent = 0;
  #processed = 0;

  constructor(name: string, way: TlsWay, ca: string) {
    this.name = name;
    this.#way = way;
    this.#ca = ca;
  }

  join(url: string, room: string): Promise<Welcome> {
    const value = { room, peerId: this.name, nonce: randomBytes(16) };
    this.#stream = this.#way.open(url, this.#ca, { case: "join", value });
    return this.#welcome();
  }

  async resume(url: string): Promise<Welcome> {
    const value = { sessionToken: this.#token, lastSeq: this.#processed };
    this.#stream = this.#way.open(url, this.#ca, { case: "resume", value });
    const welcome = await this.#welcome();
    if (!welcome.resumed) throw new Error(`${this.name} came back to another session`);
    return welcome;
  }

  async #welcome(): Promise<Welcome> {
    const { body } = await within(atOnceMs, `Welcome to ${this.name}`, this.#open().arrivals.next());
    if (body.case !== "welcome") throw new Error(`${body.case} came before Welcome`);
    this.#token = body.value.sessionToken;
    this.node = body.value.server?.node ?? "";
    return body.value;
  }

  /** Sends a signal under the next number. */
  send(signal: Omit<SignalInit, "seq" | "ack">): Promise<void> {
    const seq = ++this.#sent;
    return within(
      atOnceMs,
      `${this.name} to send ${seq}`,
      this.#open().send(this.#token, { ...signal, seq, ack: this.#processed }),
    );
  }

  /** Acknowledges what has been processed. */
  acknowledge(): Promise<void> {
    const heartbeat = { ack: this.#processed, body: { case: "heartbeat", value: {} } } as const;
    return within(atOnceMs, `${this.name} to acknowledge`, this.#open().send(this.#token, heartbeat));
  }

  /** Waits for a response of a kind, beyond others. Fails if a number is skipped or comes twice. */
  receive<Case extends Body["case"]>(kind: Case, ms = atOnceMs): Promise<ValueOf<Case>> {
    const find = async () => {
      for (;;) {
        const { seq, body } = await this.#open().arrivals.next();
        if (seq !== 0 && seq !== ++this.#processed)
          throw new Error(`${this.name} received ${seq} and not ${this.#processed}`);
        if (body.case === kind) return body.value as ValueOf<Case>;
      }
    };
    return within(ms, `${kind} to ${this.name}`, find());
  }

  /** How the stream ended. */
  ended(ms: number): Promise<Ending> {
    return within(ms, `the stream of ${this.name} to end`, this.#open().arrivals.ended);
  }

  /** Breaks its stream off. */
  cut(): void {
    this.#stream?.cut();
  }

  #open(): Stream {
    if (this.#stream === undefined) throw new Error(`${this.name} has not joined`);
    return this.#stream;
  }
}
