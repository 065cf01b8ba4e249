import { create, fromBinary } from "@bufbuild/protobuf";
import type { ConnectError } from "@connectrpc/connect";
import {
  IceCandidateSchema,
  JoinSchema,
  type LeaveReason,
  OfferSchema,
  Reason,
  type Rejected,
  ResumeSchema,
  reasonEntry,
  SendSignalsResponseSchema,
  type SignalRequest,
  SignalRequestSchema,
  type SignalResponse,
  UpdateSchema,
} from "@parley/contract";
import { reasonOfError } from "../../server/src/errors/parley-error.ts";
import type { SessionContext } from "../../server/src/session/session-context.ts";
import { type Life, newLife } from "./life.ts";
import type { ModelCall } from "./model-call.ts";
import type { ModelDevices } from "./model-devices.ts";
import { ModelRoster } from "./model-roster.ts";
import { asksOn, type Carrier, ModelTransport, type Start } from "./model-transport.ts";

const none = new Uint8Array(0);
const room = "r";
const description = "v=0\r\na=fingerprint:sha-256 00\r\n";

/** What a model peer is like. */
export interface ModelPeerTraits {
  readonly name: string;
  readonly carrier: Carrier;
  /** Joins without a nonce, and does not count its attempts. */
  readonly simple: boolean;
}

/** The smallest client that keeps its side of the promise. What it finds wrong it throws. */
export class ModelPeer {
  readonly name: string;
  readonly simple: boolean;
  /** How often it learned that it does not read. */
  slow = 0;
  readonly lives: Life[] = [];
  readonly roster = new ModelRoster();
  readonly #transport: ModelTransport;
  #unacked: SignalRequest[] = [];
  #token = "";
  #nonce: Uint8Array = none;
  /** The nonce of the life before the page was reloaded. */
  #formerNonce: Uint8Array = none;
  #attempt = 0;
  /** The starts of this life's streams, oldest first. */
  #starts: Start[] = [];
  /** Sessions that sent a signal on this stream although the roster does not have them: they are gone already. */
  readonly #gone = new Set<number>();
  #lastSeq = 0;
  #nextSeq = 1;
  #welcomed = false;
  #leaving = false;

  constructor(
    host: () => SessionContext,
    { name, carrier, simple }: ModelPeerTraits,
    devices: ModelDevices | undefined,
  ) {
    const device = devices && { open: () => devices.open(room, name) };
    this.#transport = new ModelTransport(host, carrier, device);
    this.name = name;
    this.simple = simple;
  }

  get life(): Life | undefined {
    const last = this.lives.at(-1);
    return last?.over === false ? last : undefined;
  }

  get connected(): boolean {
    return this.#transport.connected;
  }

  /** Whether the stream is there and has not ended. */
  get streaming(): boolean {
    return this.#transport.streaming;
  }

  /** Whether nothing can be moved up: nothing waits, or an answer has to come first. */
  get upEmpty(): boolean {
    return this.#transport.upEmpty;
  }

  /** How many signals are not acknowledged yet. */
  get unackedCount(): number {
    return this.#unacked.length;
  }

  /** Opens a stream: joins, joins again, resumes or takes over, as the state asks for. */
  open(): void {
    const life = this.life;
    if (life === undefined) {
      this.#begin();
    } else {
      this.#drop();
    }
    this.#transport.open(this.#nextStart());
    if (this.#transport.isHeld) this.#ready();
  }

  /** Joins, or resumes, as the state asks for. */
  #nextStart(): Start {
    const attempt = this.simple ? 0 : ++this.#attempt;
    const start: Start =
      this.#token === ""
        ? {
            case: "join",
            value: create(JoinSchema, {
              room,
              peerId: this.name,
              nonce: this.#nonce,
              formerNonce: this.#formerNonce,
              attempt,
            }),
          }
        : {
            case: "resume",
            value: create(ResumeSchema, {
              sessionToken: this.#token,
              lastSeq: this.#lastSeq,
              ackedSeq: this.life?.acked ?? 0,
              rosterVersion: this.roster.version,
              attempt,
            }),
          };
    this.#starts.push(start);
    return start;
  }

  /** The page is reloaded: all is forgotten but the nonce, and the server does not know. */
  reload(): void {
    if (this.life === undefined || this.#token === "" || this.simple) return;
    this.life.over = true;
    this.#transport.abandon();
    const nonce = this.#nonce;
    this.#begin();
    this.#formerNonce = nonce;
    this.open();
  }

  /** An older start of this life arrives once more, behind all others; its client is not there any more. */
  late(): void {
    const [older] = this.#starts;
    if (!this.streaming || !this.#welcomed || older === undefined || this.#starts.length < 2) return;
    this.#transport.openStray(older);
  }

  /** The connections of streams that nobody holds any more break. */
  cutStrays(): void {
    this.#transport.cutStrays();
  }

  send(id: string, to: string, kind: "candidate" | "offer" | "broken", exact: boolean): void {
    const life = this.life;
    if (life === undefined) return;
    const seq = this.#nextSeq++;
    const session = this.roster.sessionOf(to);
    const toSession = exact ? session : 0;
    life.sent.set(seq, { id, to, toSession, known: session !== 0 });
    const body: SignalRequest["body"] =
      kind === "candidate"
        ? { case: "iceCandidate", value: create(IceCandidateSchema) }
        : {
            case: "offer",
            value: create(OfferSchema, { sdp: kind === "offer" ? description : "v=0\r\n" }),
          };
    this.#submit(
      create(SignalRequestSchema, { seq, to, toSession, negotiationId: id, body, ack: this.#lastSeq }),
    );
  }

  update(id: string): void {
    const life = this.life;
    if (life === undefined) return;
    const seq = this.#nextSeq++;
    life.sent.set(seq, { id, to: "", toSession: 0, known: true });
    const value = create(UpdateSchema, { metadata: { update: id } });
    this.#submit(create(SignalRequestSchema, { seq, body: { case: "update", value } }));
  }

  /** Signals can be sent: at first those that are not acknowledged. No effect when they could be before. */
  #ready(): void {
    if (!this.#welcomed && this.#unacked.length > 0) this.#write(this.#unacked);
    this.#welcomed = true;
  }

  #submit(request: SignalRequest): void {
    this.#unacked.push(request);
    if (this.#welcomed) this.#write([request]);
  }

  acknowledge(): void {
    if (!this.#welcomed) return;
    // Each way to acknowledge in turn.
    this.#write([
      this.#lastSeq % 2 === 0
        ? create(SignalRequestSchema, { ack: this.#lastSeq, body: { case: "heartbeat", value: {} } })
        : create(SignalRequestSchema, { ack: this.#lastSeq }),
    ]);
  }

  /** Says that it leaves, where it can. It is gone when the stream has ended for that. */
  leave(): boolean {
    if (this.life === undefined || !this.#welcomed || !this.streaming) return false;
    this.#leaving = true;
    const seq = this.#nextSeq++;
    const request = create(SignalRequestSchema, { seq, body: { case: "leave", value: {} } });
    this.#unacked.push(request);
    this.#write([request]);
    return true;
  }

  /** The network breaks: what is under way in both directions is lost. */
  cut(): void {
    this.#transport.cut();
    this.#welcomed = false;
  }

  block(): void {
    this.#transport.block();
  }

  unblock(): void {
    this.#transport.unblock();
  }

  flushUp(count: number): void {
    for (let moved = 0; moved < count && !this.upEmpty; moved++) {
      this.#transport.moveUp();
      this.collect();
    }
  }

  /** Takes the answers that have come to what was sent beside the stream. */
  collect(): void {
    for (const call of this.#transport.answered()) {
      const answer = call.down[0];
      if (answer !== undefined) this.#acknowledged(fromBinary(SendSignalsResponseSchema, answer).ack);
      else if (this.#welcomed && call.error !== undefined) this.#sendAgain(call.error);
    }
  }

  /** A batch that was refused for a while, or came out of turn, is sent again. */
  #sendAgain(error: ConnectError): void {
    const { retry } = reasonEntry(reasonOfError(error) ?? Reason.UNSPECIFIED);
    if (retry !== "later" && retry !== "resume") return;
    this.#transport.unwrite();
    if (this.#unacked.length > 0) this.#write(this.#unacked);
  }

  /** What an older stream had under way arrives late. */
  flushStale(): void {
    while (this.#transport.moveStaleUp()) this.collect();
  }

  flushDown(count: number): void {
    for (let moved = 0; moved < count; moved++) {
      const response = this.#transport.read();
      if (response === undefined) break;
      this.#process(response);
    }
    const ended = this.#transport.takeEnded();
    if (ended !== undefined) this.#ended(ended);
  }

  #begin(): void {
    this.lives.push(newLife(this.name, this.lives.length));
    this.#drop();
    this.#transport.forgetStale();
    this.#starts = [];
    this.#attempt = 0;
    this.#formerNonce = none;
    this.#leaving = false;
    this.#unacked = [];
    this.#token = "";
    this.#nonce = this.simple ? none : crypto.getRandomValues(new Uint8Array(16));
    this.#lastSeq = 0;
    this.#nextSeq = 1;
    this.roster.clear();
  }

  /** Lets go of the present stream without notice: the new one will take over. */
  #drop(): void {
    // A peer that cannot repeat its join closes its stream, or it would block itself.
    if (this.simple && this.#token === "") this.#transport.closeStream();
    this.#transport.release();
    this.#welcomed = false;
  }

  #write(signals: SignalRequest[]): void {
    this.#transport.write(this.#token, signals);
  }

  #process(response: SignalResponse): void {
    const life = this.life;
    if (life === undefined) return;
    const { body, seq } = response;
    if (seq !== 0) {
      if (seq !== this.#lastSeq + 1) {
        throw new Error(`${this.name}: got seq ${seq} after ${this.#lastSeq}`);
      }
      this.#lastSeq = seq;
    }
    switch (body.case) {
      case "welcome":
        this.#gone.clear();
        this.#token = body.value.sessionToken;
        this.#take(life, body.value.you?.session ?? 0);
        for (const name of this.roster.welcome(body.value)) this.#left(life, name, 0);
        this.#ready();
        break;
      case "peerJoined":
        if (body.value.peer === undefined) break;
        if (this.#gone.has(body.value.peer.session)) {
          throw new Error(`${this.name}: ${body.value.peer.peerId} joined behind its first signal`);
        }
        this.roster.joined(body.value.peer);
        break;
      case "peerLeft":
        this.roster.left(body.value);
        this.#left(life, body.value.peerId, body.value.reason);
        break;
      case "peerUpdated":
        this.roster.updated(body.value);
        break;
      case "rejected":
        if (life.rejected.has(body.value.seq)) throw new Error(`${this.name}: rejected twice`);
        if (body.value.seq <= life.streamAcked) {
          throw new Error(`${this.name}: ${body.value.seq} was acknowledged before it was rejected`);
        }
        checkRejection(life, body.value);
        life.rejected.set(body.value.seq, body.value.reason);
        break;
      case "iceCandidate":
      case "offer":
        if (this.roster.sessionOf(response.sender) !== response.senderSession) {
          this.#gone.add(response.senderSession);
        }
        life.received.push({
          id: response.negotiationId,
          sender: response.sender,
          senderSession: response.senderSession,
        });
        break;
    }
    this.#acknowledged(response.ack);
    life.streamAcked = Math.max(life.streamAcked, response.ack);
  }

  /** Notes the number of the session, which stays. */
  #take(life: Life, session: number): void {
    if (session === 0 || (life.session !== 0 && life.session !== session)) {
      throw new Error(`${this.name}: session ${session} after ${life.session}`);
    }
    life.session = session;
  }

  #left(life: Life, peer: string, reason: LeaveReason): void {
    life.gone.push({ peer, afterSeq: this.#nextSeq - 1, reason });
  }

  #acknowledged(ack: number): void {
    const life = this.life;
    if (life === undefined || ack <= life.acked) return;
    if (ack >= this.#nextSeq) throw new Error(`${this.name}: ack ${ack} of what was never sent`);
    life.acked = ack;
    this.#unacked = this.#unacked.filter((request) => request.seq > ack);
  }

  #ended(call: ModelCall): void {
    const life = this.life;
    if (life !== undefined && asksOn(call)) return this.#transport.open(this.#nextStart());
    this.#welcomed = false;
    if (life === undefined) return;
    if (call.error === undefined) {
      life.over = this.#leaving;
      return;
    }
    const reason = reasonOfError(call.error);
    if (reason === Reason.SLOW_READER) this.slow++;
    if (reason === Reason.SESSION_REPLACED && !this.simple) {
      throw new Error(`${this.name}: its newest stream was replaced by an older one`);
    }
    const retry = reasonEntry(reason ?? Reason.UNSPECIFIED).retry;
    if (retry === "resume" || reason === Reason.SESSION_REPLACED) return;
    // The session goes on: only this try to resume it has failed.
    if (retry === "later" && this.#token !== "") return;
    // A join that is refused for a while, and every reason that ends the session.
    life.over = true;
  }
}

/** A rejection repeats what its signal was about. */
function checkRejection(life: Life, { seq, to, toSession, negotiationId }: Rejected): void {
  const sent = life.sent.get(seq);
  const expected = sent?.to === "" ? "" : sent?.id;
  if (sent === undefined || to !== sent.to || toSession !== sent.toSession || negotiationId !== expected) {
    throw new Error(`${life.peer}: the rejection of ${seq} is about ${to}/${toSession}/${negotiationId}`);
  }
}
