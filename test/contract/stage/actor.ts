import type { Peer, SignalResponse } from "@parley/contract";
import { until } from "../../kit/until.ts";
import type { Bearer, First, SignalInit, Stream } from "../ways/index.ts";
import { candidate, sdp } from "./content.ts";
import { type Alias, endLine, lineOf } from "./transcript.ts";

/** What an actor needs of its stage. */
export interface ActorHost {
  /** Its access token; undefined if it has none. */
  readonly bearer?: Bearer | undefined;
  readonly alias: Alias;
  name(peerId: string, name: string): void;
  open(first: First): Stream;
}

/**
 * A peer as the tests drive it. It writes down what it hears; bare acknowledgements, which ride on signals or
 * come alone as time has it, are not written down but counted.
 */
export class Actor {
  readonly name: string;
  /** Lines that are made when they are asked for: a name may be heard before its bearer is known. */
  readonly #lines: (() => string)[] = [];
  /** What it heard, as it came. */
  readonly responses: SignalResponse[] = [];
  /** The number of the newest signal that it sent, and the newest that is acknowledged. */
  seq = 0;
  ack = 0;
  /** The number of the newest response. */
  heard = 0;
  token = "";
  peerId = "";
  session = 0;
  /** Of the newest Welcome. */
  rosterVersion = 0;
  ended = false;
  readonly #host: ActorHost;
  #stream: Stream;
  #expected = 0;
  #reading: Promise<void>;

  constructor(name: string, host: ActorHost, stream: Stream) {
    this.name = name;
    this.#host = host;
    this.#stream = stream;
    this.#reading = this.#read(stream);
  }

  get transcript(): string[] {
    return this.#lines.map((line) => line());
  }

  /** Waits for that many more lines. */
  async hear(lines = 1): Promise<void> {
    this.#expected += lines;
    const wanted = this.#expected;
    await until(
      () => this.#lines.length >= wanted,
      () => `${wanted} lines; ${this.name} heard ${JSON.stringify(this.transcript, null, 1)}`,
    );
  }

  /** Waits until everything that it sent is acknowledged, or up to `seq`. */
  async acked(seq = this.seq): Promise<void> {
    await until(
      () => this.ack >= seq,
      () =>
        `an ack of ${seq}; ${this.name} has ${this.ack}, heard ${JSON.stringify(this.transcript, null, 1)}`,
    );
  }

  /** Waits for the end of the stream, with all that comes before it. */
  async end(): Promise<void> {
    await until(
      () => this.ended,
      () => `the end; ${this.name} heard ${JSON.stringify(this.transcript, null, 1)}`,
    );
    this.#expected = this.#lines.length;
  }

  /** Sends, numbered, as one batch where the way has batches. */
  send(...signals: SignalInit[]): Promise<void> {
    return this.sendAs(...signals.map((signal) => ({ seq: ++this.seq, ...signal })));
  }

  /** Sends as it is. */
  sendAs(...signals: SignalInit[]): Promise<void> {
    return this.#stream.send(this.token, ...signals);
  }

  offer(to: Actor | string, name: string, negotiationId = ""): Promise<void> {
    return this.send(offer(to, name, negotiationId));
  }

  /** Leaves; the stream ends, and has acknowledged that before. */
  async leave(): Promise<void> {
    await this.send({ body: { case: "leave", value: {} } });
    await this.end();
    await this.acked();
  }

  heartbeat(ack = 0): Promise<void> {
    return this.sendAs({ ack, body: { case: "heartbeat", value: {} } });
  }

  /** Has another access token from now on; nothing is sent. */
  present(access: string): void {
    if (this.#host.bearer !== undefined) this.#host.bearer.token = access;
  }

  /** Presents a newer access token in its session. */
  refresh(accessToken: string): Promise<void> {
    this.present(accessToken);
    return this.send({ body: { case: "refresh", value: { accessToken } } });
  }

  /** The client of this name in the newest list of those who wait. */
  waiting(peerId: string): Peer | undefined {
    const lists = this.responses.map(({ body }) => body).filter((body) => body.case === "lobby");
    return lists.at(-1)?.value.waiting.find((peer) => peer.peerId === peerId);
  }

  /** Lets a client in that waits, or turns it away with a message. */
  decide(peerId: string, refusal?: string): Promise<void> {
    const session = this.waiting(peerId)?.session ?? 0;
    const value = { peerId, session, admit: refusal === undefined, message: refusal ?? "" };
    return this.send({ body: { case: "decide", value } });
  }

  /** Loses its connection. */
  async cut(): Promise<void> {
    this.#stream.cut();
    await this.#reading;
  }

  /** Opens another stream and goes on. */
  open(first: First): void {
    this.#stream = this.#host.open(first);
    this.#reading = this.#read(this.#stream);
  }

  async resume(lastSeq = this.heard, poll = false): Promise<void> {
    this.open({ case: "resume", value: { sessionToken: this.token, lastSeq }, poll });
    await this.hear();
  }

  /** Resumes with the roster version that it knows. */
  async comeBack(poll = false): Promise<void> {
    const { token: sessionToken, heard: lastSeq, rosterVersion } = this;
    this.open({ case: "resume", value: { sessionToken, lastSeq, rosterVersion }, poll });
    await this.hear();
  }

  /** Sends no more on its stream. */
  halfClose(): void {
    this.#stream.halfClose();
  }

  /** Reads no more, until `release`. */
  hold(): void {
    this.#stream.inbox.hold();
  }

  release(): void {
    this.#stream.inbox.release();
  }

  async #read(stream: Stream): Promise<void> {
    this.ended = false;
    for (;;) {
      const next = await stream.inbox.next();
      if ("code" in next) {
        this.ended = true;
        // Its own doing is no news.
        if (next.code !== "CUT") this.#lines.push(() => endLine(next));
        return;
      }
      this.#take(next);
    }
  }

  #take(response: SignalResponse): void {
    const { seq, ack, body } = response;
    if (body.case === "welcome") {
      this.token = body.value.sessionToken;
      this.peerId = body.value.you?.peerId ?? "";
      this.session = body.value.you?.session ?? 0;
      this.rosterVersion = body.value.rosterVersion;
      this.#host.name(this.peerId, this.name);
    } else if (body.case === "waiting") {
      this.token = body.value.sessionToken;
    } else if (body.case === "heartbeat" && ack > this.ack) {
      this.ack = ack;
      return;
    }
    const before = this.ack;
    if (ack !== 0 && ack < before) this.#lines.push(() => `an ack goes back from ${before} to ${ack}`);
    this.ack = Math.max(this.ack, ack);
    if (seq !== 0) this.heard = seq;
    this.responses.push(response);
    this.#lines.push(() => lineOf(response, this.#host.alias));
  }
}

function idOf(to: Actor | string): string {
  return typeof to === "string" ? to : to.peerId;
}

export function offer(to: Actor | string, name: string, negotiationId = ""): SignalInit {
  return { to: idOf(to), negotiationId, body: { case: "offer", value: { sdp: sdp(name) } } };
}

export function answer(
  to: Actor | string,
  name: string,
  negotiationId = "",
  provisional = false,
): SignalInit {
  return { to: idOf(to), negotiationId, body: { case: "answer", value: { sdp: sdp(name), provisional } } };
}

export function iceCandidate(to: Actor | string, name: string, negotiationId = ""): SignalInit {
  const value = { candidate: candidate(name), sdpMid: "0", sdpMLineIndex: 0, usernameFragment: "Vx3k" };
  return { to: idOf(to), negotiationId, body: { case: "iceCandidate", value } };
}

export function endOfCandidates(to: Actor | string, negotiationId = ""): SignalInit {
  return {
    to: idOf(to),
    negotiationId,
    body: { case: "iceCandidate", value: { candidate: "", sdpMid: "0" } },
  };
}

export function bye(to: Actor | string, reason: string, negotiationId = ""): SignalInit {
  return { to: idOf(to), negotiationId, body: { case: "bye", value: { reason } } };
}

export function update(metadata: Record<string, string>): SignalInit {
  return { body: { case: "update", value: { metadata } } };
}

export function restart(to: Actor | string, rebuild = false, negotiationId = ""): SignalInit {
  return { to: idOf(to), negotiationId, body: { case: "restart", value: { rebuild } } };
}

/** `proof` has to have 32 characters. */
export function rebind(to: Actor | string, proof: string, negotiationId = ""): SignalInit {
  return {
    to: idOf(to),
    negotiationId,
    body: { case: "rebind", value: { proof: Buffer.from(proof, "latin1") } },
  };
}
