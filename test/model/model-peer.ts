import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import type { ConnectError } from "@connectrpc/connect";
import {
  IceCandidateSchema,
  JoinSchema,
  type LeaveReason,
  OfferSchema,
  Reason,
  type ReceiveRequest,
  ReceiveRequestSchema,
  ResumeSchema,
  reasonEntry,
  SendSignalsRequestSchema,
  SendSignalsResponseSchema,
  SignalingService,
  type SignalRequest,
  SignalRequestSchema,
  type SignalResponse,
  SignalResponseSchema,
} from "@parley/contract";
import { reasonOfError } from "../../server/src/errors/parley-error.ts";
import { openReceive } from "../../server/src/rpc/receive.ts";
import { openSendSignals } from "../../server/src/rpc/send-signals.ts";
import { openSignal } from "../../server/src/rpc/signal.ts";
import type { SessionHost } from "../../server/src/session/session-host.ts";
import { FakeCall } from "./fake-call.ts";
import { type Life, newLife } from "./life.ts";
import { ModelRoster } from "./model-roster.ts";

type Start = Exclude<ReceiveRequest["start"], { case: undefined }>;

const description = "v=0\r\na=fingerprint:sha-256 00\r\n";

/** The smallest client that keeps its side of the promise. What it finds wrong it throws. */
export class ModelPeer {
  readonly name: string;
  readonly web: boolean;
  /** How often it was told that it does not read. */
  slow = 0;
  readonly lives: Life[] = [];
  readonly roster = new ModelRoster();
  /** The node that the next stream or call reaches. */
  readonly #host: () => SessionHost;
  #call: FakeCall | undefined;
  /** Older streams that a newer one took over and that may still bring something up. */
  #stale: FakeCall | undefined;
  /** What the client has written and the server has not read. */
  #up: Uint8Array[] = [];
  #staleUp: Uint8Array[] = [];
  /** What was sent beside the stream and is not answered. */
  #sends: FakeCall[] = [];
  #unacked: SignalRequest[] = [];
  #token = "";
  #nonce: Uint8Array = new Uint8Array(0);
  #lastSeq = 0;
  #nextSeq = 1;
  #welcomed = false;
  #leaving = false;

  constructor(host: () => SessionHost, name: string, web: boolean) {
    this.#host = host;
    this.name = name;
    this.web = web;
  }

  get life(): Life | undefined {
    const last = this.lives.at(-1);
    return last?.over === false ? last : undefined;
  }

  get connected(): boolean {
    return this.#call !== undefined;
  }

  /** Whether the stream is there and has not ended. */
  get streaming(): boolean {
    return this.#call?.ended === false;
  }

  /** Whether nothing can be moved up: nothing waits, or an answer has to come first. */
  get upEmpty(): boolean {
    return this.#up.length === 0 || this.#sends.length > 0;
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
    if (this.#token === "") {
      const join = create(JoinSchema, { room: "r", peerId: this.name, nonce: this.#nonce });
      this.#start({ case: "join", value: join });
    } else {
      const ackedSeq = life?.acked ?? 0;
      const resume = create(ResumeSchema, { sessionToken: this.#token, lastSeq: this.#lastSeq, ackedSeq });
      this.#start({ case: "resume", value: resume });
    }
  }

  send(id: string, to: string, kind: "candidate" | "offer" | "broken"): void {
    const life = this.life;
    if (life === undefined) return;
    const seq = this.#nextSeq++;
    life.sent.set(seq, { id, to });
    const body: SignalRequest["body"] =
      kind === "candidate"
        ? { case: "iceCandidate", value: create(IceCandidateSchema) }
        : {
            case: "offer",
            value: create(OfferSchema, { sdp: kind === "offer" ? description : "v=0\r\n" }),
          };
    const request = create(SignalRequestSchema, { seq, to, negotiationId: id, body, ack: this.#lastSeq });
    this.#unacked.push(request);
    if (this.#welcomed) this.#write([request]);
  }

  acknowledge(): void {
    if (!this.#welcomed) return;
    this.#write([
      create(SignalRequestSchema, { ack: this.#lastSeq, body: { case: "heartbeat", value: {} } }),
    ]);
  }

  /** Says that it leaves, where it can. It is gone when the stream has ended for that. */
  leave(): boolean {
    if (this.life === undefined || !this.#welcomed || (this.#call?.ended ?? true)) return false;
    this.#leaving = true;
    const seq = this.#nextSeq++;
    const request = create(SignalRequestSchema, { seq, body: { case: "leave", value: {} } });
    this.#unacked.push(request);
    this.#write([request]);
    return true;
  }

  /** The network breaks: what is under way in both directions is lost. */
  cut(): void {
    this.#up.length = 0;
    this.#sends = [];
    this.#call?.cut();
    this.#call = undefined;
    this.#welcomed = false;
  }

  block(): void {
    if (this.#call !== undefined) this.#call.blocked = true;
  }

  unblock(): void {
    this.#call?.unblock();
  }

  flushUp(count: number): void {
    for (let moved = 0; moved < count && !this.upEmpty; moved++) {
      const bytes = this.#up.shift();
      if (bytes === undefined) return;
      if (this.web) this.#sendUnary(bytes);
      else this.#call?.arrive(bytes);
    }
  }

  /** Takes the answers that have come to what was sent beside the stream. */
  collect(): void {
    const answered = this.#sends.filter(({ ended }) => ended);
    this.#sends = this.#sends.filter(({ ended }) => !ended);
    for (const call of answered) {
      const answer = call.down[0];
      if (answer !== undefined) this.#acknowledged(fromBinary(SendSignalsResponseSchema, answer).ack);
      else if (this.#welcomed && call.error !== undefined) this.#sendAgain(call.error);
    }
  }

  /** A batch that was refused for a while, or came out of turn, is sent again. */
  #sendAgain(error: ConnectError): void {
    const { retry } = reasonEntry(reasonOfError(error) ?? Reason.UNSPECIFIED);
    if (retry !== "later" && retry !== "resume") return;
    this.#up = [];
    if (this.#unacked.length > 0) this.#write(this.#unacked);
  }

  /** What an older stream had under way arrives late. */
  flushStale(): void {
    for (const bytes of this.#staleUp.splice(0)) {
      if (this.web) this.#sendUnary(bytes, false);
      else this.#stale?.arrive(bytes);
    }
  }

  flushDown(count: number): void {
    for (let moved = 0; moved < count; moved++) {
      const bytes = this.#call?.down.shift();
      if (bytes === undefined) break;
      this.#process(fromBinary(SignalResponseSchema, bytes));
    }
    const call = this.#call;
    if (call?.ended && call.down.length === 0) this.#ended(call);
  }

  #begin(): void {
    this.lives.push(newLife(this.name, this.lives.length));
    this.#drop();
    this.#stale = undefined;
    this.#staleUp = [];
    this.#sends = [];
    this.#leaving = false;
    this.#unacked = [];
    this.#token = "";
    this.#nonce = crypto.getRandomValues(new Uint8Array(16));
    this.#lastSeq = 0;
    this.#nextSeq = 1;
    this.roster.clear();
  }

  /** Lets go of the present stream without a word: the new one will take over. */
  #drop(): void {
    this.#stale = this.#call;
    this.#staleUp = this.#up;
    this.#sends = [];
    this.#call = undefined;
    this.#up = [];
    this.#welcomed = false;
  }

  #start(body: Start): void {
    if (this.web) {
      const request = create(ReceiveRequestSchema, { start: body });
      this.#call = new FakeCall(SignalingService.method.receive, openReceive(this.#host()));
      this.#call.arrive(toBinary(ReceiveRequestSchema, request));
    } else {
      const request = create(SignalRequestSchema, { body });
      this.#call = new FakeCall(SignalingService.method.signal, openSignal(this.#host()));
      this.#call.arrive(toBinary(SignalRequestSchema, request));
    }
  }

  #write(signals: SignalRequest[]): void {
    if (this.web) {
      this.#up.push(
        toBinary(
          SendSignalsRequestSchema,
          create(SendSignalsRequestSchema, { sessionToken: this.#token, signals }),
        ),
      );
    } else {
      this.#up.push(...signals.map((signal) => toBinary(SignalRequestSchema, signal)));
    }
  }

  #sendUnary(bytes: Uint8Array, fresh = true): void {
    const call = new FakeCall(SignalingService.method.sendSignals, openSendSignals(this.#host()));
    call.arrive(bytes);
    if (fresh) this.#sends.push(call);
    this.collect();
  }

  #process(response: SignalResponse): void {
    const life = this.life;
    if (life === undefined) return;
    this.#acknowledged(response.ack);
    const { body, seq } = response;
    if (seq !== 0) {
      if (seq !== this.#lastSeq + 1) {
        throw new Error(`${this.name}: got seq ${seq} after ${this.#lastSeq}`);
      }
      this.#lastSeq = seq;
    }
    switch (body.case) {
      case "welcome":
        this.#token = body.value.sessionToken;
        for (const name of this.roster.welcome(body.value)) this.#left(life, name, 0);
        this.#welcomed = true;
        if (this.#unacked.length > 0) this.#write(this.#unacked);
        break;
      case "peerJoined":
        if (body.value.peer !== undefined) this.roster.joined(body.value.peer, seq);
        break;
      case "peerLeft":
        this.roster.left(body.value.peerId, seq);
        this.#left(life, body.value.peerId, body.value.reason);
        break;
      case "rejected":
        if (life.rejected.has(body.value.seq)) throw new Error(`${this.name}: rejected twice`);
        life.rejected.set(body.value.seq, body.value.reason);
        break;
      case "iceCandidate":
      case "offer":
        life.received.push({ id: response.negotiationId, sender: response.sender });
        break;
    }
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

  #ended(call: FakeCall): void {
    this.#call = undefined;
    this.#up = [];
    this.#welcomed = false;
    const life = this.life;
    if (life === undefined) return;
    if (call.error === undefined) {
      life.over = this.#leaving;
      return;
    }
    const reason = reasonOfError(call.error);
    if (reason === Reason.SLOW_READER) this.slow++;
    const retry = reasonEntry(reason ?? Reason.UNSPECIFIED).retry;
    if (retry === "resume" || reason === Reason.SESSION_REPLACED) return;
    // A join that is refused for a while, and every reason that ends the session.
    life.over = true;
  }
}
