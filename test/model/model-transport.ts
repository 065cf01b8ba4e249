import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  type ReceiveRequest,
  ReceiveRequestSchema,
  SendSignalsRequestSchema,
  SignalingService,
  type SignalRequest,
  SignalRequestSchema,
  type SignalResponse,
  SignalResponseSchema,
} from "@parley/contract";
import { openReceive } from "../../server/src/rpc/receive.ts";
import { openSendSignals } from "../../server/src/rpc/send-signals.ts";
import { openSignal } from "../../server/src/rpc/signal.ts";
import type { SessionContext } from "../../server/src/session/session-context.ts";
import { sendAsks } from "../contract/ways/rest-asks.ts";
import type { RestAsk } from "../contract/ways/rest-client.ts";
import { FakeCall } from "./fake-call.ts";
import { FrameCall } from "./frame-call.ts";
import type { ModelCall } from "./model-call.ts";
import { RestCall, RestSend } from "./rest-call.ts";
import { TcpCall } from "./tcp-call.ts";

/** The first message of a stream. */
export type Start = Exclude<ReceiveRequest["start"], { case: undefined }>;

/**
 * What carries a session: one stream, two halves (`Receive` and `SendSignals`), or a WebSocket, by the frame, or TCP, by
 * the byte, or REST, by the request, or MQTT, by a broker and a bridge.
 */
export type Carrier = (typeof carriers)[number] | "device";

/** Those that need nothing beside the service. */
export const carriers = ["stream", "halves", "frames", "bytes", "requests"] as const;

/** Opens the streams of a device, by its topics. */
export interface DeviceDoor {
  open(): ModelCall;
}

/** What goes up: a message, or a request of its own. */
type Upward = Uint8Array | RestAsk;
/** What was sent beside the stream. */
type Sent = Pick<ModelCall, "ended" | "down" | "error">;

/** How a model peer reaches the service: its streams, the older ones too, and what is under way on them. */
export class ModelTransport {
  /** The node that the next stream or call reaches. */
  readonly #host: () => SessionContext;
  readonly #carrier: Carrier;
  readonly #device: DeviceDoor | undefined;
  #call: ModelCall | undefined;
  #resumes = false;
  /** The older stream that a newer one took over and that may still bring something up. */
  #stale: ModelCall | undefined;
  /** What the client has written and the server has not read. */
  #up: Upward[] = [];
  #staleUp: Upward[] = [];
  /** What was sent beside the stream and is not answered. */
  #sends: Sent[] = [];
  /** How often it has listened by REST: by events and by polls in turn. */
  #listened = 0;
  /** Streams of which only the server knows. */
  #strays: ModelCall[] = [];

  /** @param device is needed by the carrier `device`. */
  constructor(host: () => SessionContext, carrier: Carrier, device?: DeviceDoor) {
    this.#host = host;
    this.#device = device;
    this.#carrier = carrier;
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

  /** Whether the session is resumed by a poll, which is answered once there is something to answer with. */
  get isHeld(): boolean {
    return this.#call?.polls === true && this.#resumes;
  }

  get #halved(): boolean {
    return this.#carrier === "halves";
  }

  open(start: Start): void {
    this.#resumes = start.case === "resume";
    this.#call = this.#start(start);
  }

  /** A start arrives whose client is not there any more. */
  openStray(start: Start): void {
    // The broker passes on what a device publishes in order: no start of it comes behind a later one.
    if (this.#carrier === "device") return;
    this.#strays.push(this.#start(start));
  }

  /** The client is gone without closing its stream, and the server does not know. */
  abandon(): void {
    if (this.#call !== undefined) this.#strays.push(this.#call);
    this.#call = undefined;
  }

  /** The present stream becomes the older one, and is not closed: a new one will take over. */
  release(): void {
    this.#stale = this.#call;
    this.#staleUp = this.#up;
    this.#sends = [];
    this.#call = undefined;
    this.#up = [];
  }

  /** The older stream is that of a life that is over: nothing more comes up on it. */
  forgetStale(): void {
    if (this.#stale !== undefined) this.#strays.push(this.#stale);
    this.#stale = undefined;
    this.#staleUp = [];
  }

  /** Closes the stream; the client still holds it. */
  closeStream(): void {
    this.#call?.cut();
  }

  /** The network breaks: what is under way in both directions is lost. */
  cut(): void {
    this.#up = [];
    this.#sends = [];
    this.#call?.cut();
    this.#call = undefined;
  }

  /** The connections of streams that no client holds any more break. */
  cutStrays(): void {
    for (const call of this.#strays.splice(0)) call.cut();
  }

  block(): void {
    if (this.#call !== undefined) this.#call.blocked = true;
  }

  unblock(): void {
    this.#call?.unblock();
  }

  write(sessionToken: string, signals: SignalRequest[]): void {
    if (this.#carrier === "requests") {
      this.#up.push(...sendAsks(sessionToken, signals));
    } else if (this.#halved) {
      const batch = create(SendSignalsRequestSchema, { sessionToken, signals });
      this.#up.push(toBinary(SendSignalsRequestSchema, batch));
    } else {
      this.#up.push(...signals.map((signal) => toBinary(SignalRequestSchema, signal)));
    }
  }

  /** Takes back what was written and not moved up. */
  unwrite(): void {
    this.#up = [];
  }

  /** One message of the client arrives. */
  moveUp(): void {
    const upward = this.#up.shift();
    if (upward === undefined) return;
    const sent = this.#send(upward, this.#call);
    if (sent !== undefined) this.#sends.push(sent);
  }

  /** One message that the older stream had under way arrives late. False if there is none. */
  moveStaleUp(): boolean {
    const upward = this.#staleUp.shift();
    if (upward === undefined) return false;
    this.#send(upward, this.#stale);
    return true;
  }

  /** Takes the answers that have come to what was sent beside the stream. */
  answered(): Sent[] {
    const answered = this.#sends.filter(({ ended }) => ended);
    this.#sends = this.#sends.filter(({ ended }) => !ended);
    return answered;
  }

  /** Takes the next message of the stream. */
  read(): SignalResponse | undefined {
    const bytes = this.#call?.down.shift();
    return bytes && fromBinary(SignalResponseSchema, bytes);
  }

  /** Lets go of the stream if the server has ended it and all of it was read. */
  takeEnded(): ModelCall | undefined {
    const call = this.#call;
    if (!call?.ended || call.down.length > 0) return undefined;
    this.#call = undefined;
    if (!asksOn(call)) this.#up = [];
    return call;
  }

  #start(start: Start): ModelCall {
    if (this.#carrier === "requests") {
      return new RestCall(this.#host(), start, this.#listened++ % 2 === 0 ? "poll" : "events");
    }
    const call = this.#openCall(this.#carrier);
    call.arrive(
      this.#halved
        ? toBinary(ReceiveRequestSchema, create(ReceiveRequestSchema, { start }))
        : toBinary(SignalRequestSchema, create(SignalRequestSchema, { body: start })),
    );
    return call;
  }

  #openCall(carrier: Exclude<Carrier, "requests">): ModelCall {
    const { receive, signal } = SignalingService.method;
    switch (carrier) {
      case "stream":
        return new FakeCall(signal, openSignal(this.#host()));
      case "halves":
        return new FakeCall(receive, openReceive(this.#host()));
      case "frames":
        return new FrameCall(this.#host());
      case "bytes":
        return new TcpCall(this.#host());
      case "device":
        if (this.#device === undefined) throw new Error("there are no devices");
        return this.#device.open();
    }
  }

  /** Something goes up: on this stream, or beside it, as what is returned. */
  #send(upward: Upward, stream: ModelCall | undefined): Sent | undefined {
    if (!(upward instanceof Uint8Array)) return new RestSend(this.#host(), upward);
    if (!this.#halved) {
      stream?.arrive(upward);
      return undefined;
    }
    const call = new FakeCall(SignalingService.method.sendSignals, openSendSignals(this.#host()));
    call.arrive(upward);
    return call;
  }
}

/** Whether the end of a call only asks for the next one. */
export function asksOn({ error, polls = false }: ModelCall): boolean {
  return polls && error === undefined;
}
