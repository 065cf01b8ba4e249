import {
  type IncomingSignal,
  type SessionTransport,
  SignalingClient,
  SignalingError,
} from "../../client-web/src/index.ts";
import { answer, bye, gathered, numbered, offer, type Part, readNumber } from "./call-signals.ts";
import type { ClientLine } from "./history/line.ts";
import { RecordedClient } from "./history/recorded-client.ts";
import type { PeerEvent } from "./peer-event.ts";
import { pick } from "./random.ts";

type WithoutTime<Event> = Event extends unknown ? Omit<Event, "at"> : never;

export interface CallingPeerInit {
  readonly name: string;
  readonly room: string;
  readonly transport: SessionTransport;
  /** Whether it is on no node for long. @default false */
  readonly roams?: boolean;
  /** How long it waits on average from one call to the next, in milliseconds. */
  readonly pauseMs: number;
  readonly random: () => number;
  readonly record: (event: PeerEvent) => void;
  /** Takes what a checker reads that knows nothing of this. */
  readonly write: (line: ClientLine) => void;
}

/** A call that does not come to its end in this time is given up for another, in milliseconds. */
const patienceMs = 20_000;

/** A peer that calls the others of its room again and again, and answers their calls. It writes down everything. */
export class CallingPeer {
  readonly #init: CallingPeerInit;
  readonly #client: SignalingClient;
  readonly #recorded: RecordedClient;
  /** How many signals went to each of the others. */
  readonly #numbers = new Map<string, number>();
  /** Errors by which the service itself refused a signal. */
  readonly #refusals = new WeakSet<SignalingError>();
  #calls = 0;
  #call = "";
  #timer: NodeJS.Timeout | undefined;
  #quiet = true;

  constructor(init: CallingPeerInit) {
    this.#init = init;
    const { name, room, transport, roams = false } = init;
    this.#client = new SignalingClient({ transport, room, peerId: name, joinTimeoutMs: 60_000 });
    const client = this.#client;
    this.#recorded = new RecordedClient(client, name, init.write);
    client.on("signal", (signal) => this.#hear(signal));
    client.on("rejected", (error) => this.#refusals.add(error));
    client.on("peer-left", ({ peerId }, cause) =>
      this.#record({ kind: "left", peer: name, about: peerId, cause }),
    );
    client.on("reset", (error) => this.#record({ kind: "reset", peer: name, reason: textOf(error) }));
    client.on("closed", (error) => {
      if (error !== undefined) this.#record({ kind: "closed", peer: name, reason: textOf(error) });
    });
    client.on("state", (state, error) => {
      const node = roams ? "" : (client.server?.node ?? "");
      if (state === "open") this.#record({ kind: "open", peer: name, node });
      if (state === "reconnecting")
        this.#record({ kind: "away", peer: name, reason: error?.reason ?? "unknown" });
    });
  }

  /** The node that its stream is on. */
  get node(): string {
    return this.#client.server?.node ?? "";
  }

  async join(): Promise<void> {
    await this.#client.connect();
  }

  /** Begins to call. */
  begin(): void {
    this.#quiet = false;
    this.#callLater();
  }

  /** Calls no more, but finishes what it has begun. */
  quiet(): void {
    this.#quiet = true;
    clearTimeout(this.#timer);
  }

  async leave(): Promise<void> {
    this.quiet();
    await this.#client.leave();
  }

  #callLater(): void {
    const { pauseMs, random } = this.#init;
    this.#timer = setTimeout(() => this.#callNow(), pauseMs * (0.5 + random()));
  }

  #callNow(): void {
    const others = [...this.#client.peers.keys()];
    if (others.length === 0) return this.#callLater();
    const other = pick(others, this.#init.random);
    this.#call = `${this.#init.name}.${++this.#calls}`;
    this.#timer = setTimeout(() => this.#callNow(), patienceMs);
    this.#say(other, this.#call, [offer]);
  }

  #hear(signal: IncomingSignal): void {
    const { name } = this.#init;
    const { negotiationId, from, kind } = signal;
    const read = readNumber(signal);
    if (read?.to !== name || read.from !== from.peerId) {
      return this.#record({
        kind: "broken",
        peer: name,
        text: `${kind} of ${from.peerId} is not what was sent`,
      });
    }
    this.#record({ kind: "received", ...read });
    if (kind === "offer") this.#say(from.peerId, negotiationId, [answer, ...gathered]);
    if (kind === "answer") this.#say(from.peerId, negotiationId, [...gathered, bye]);
    if (kind === "answer" && negotiationId === this.#call && !this.#quiet) {
      clearTimeout(this.#timer);
      this.#callLater();
    }
  }

  #say(to: string, negotiationId: string, parts: readonly Part[]): void {
    // The other may have gone since: there is nobody to say it to.
    if (!this.#client.peers.has(to)) return;
    for (const part of parts) {
      const number = (this.#numbers.get(to) ?? 0) + 1;
      this.#numbers.set(to, number);
      const signal = { from: this.#init.name, to, number };
      this.#record({ kind: "sent", ...signal });
      this.#recorded.send(numbered(part, signal, negotiationId)).then(
        () => this.#record({ kind: "acked", ...signal }),
        (error: unknown) => {
          const told = error instanceof SignalingError && this.#refusals.has(error);
          const reason = error instanceof SignalingError ? textOf(error) : String(error);
          this.#record({ kind: "rejected", ...signal, told, reason });
        },
      );
    }
  }

  #record(event: WithoutTime<PeerEvent>): void {
    this.#init.record({ ...event, at: Date.now() });
  }
}

function textOf({ reason, message }: SignalingError): string {
  return `${reason}, ${message}`;
}
