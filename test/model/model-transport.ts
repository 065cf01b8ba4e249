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
import { FakeCall } from "./fake-call.ts";
import { FrameCall } from "./frame-call.ts";
import type { ModelCall } from "./model-call.ts";
import { TcpCall } from "./tcp-call.ts";

/** The first message of a stream. */
export type Start = Exclude<ReceiveRequest["start"], { case: undefined }>;

/** What carries a session: one stream, two halves (`Receive` and `SendSignals`), or a WebSocket, by the frame, or TCP, by the byte. */
export type Carrier = "stream" | "halves" | "frames" | "bytes";

/** How a model peer reaches the service: its streams, the older ones too, and what is under way on them. */
export class ModelTransport {
  /** The node that the next stream or call reaches. */
  readonly #host: () => SessionContext;
  readonly #carrier: Carrier;
  #call: ModelCall | undefined;
  /** The older stream that a newer one took over and that may still bring something up. */
  #stale: ModelCall | undefined;
  /** What the client has written and the server has not read. */
  #up: Uint8Array[] = [];
  #staleUp: Uint8Array[] = [];
  /** What was sent beside the stream and is not answered. */
  #sends: FakeCall[] = [];
  /** Streams of which only the server knows. */
  #strays: ModelCall[] = [];

  constructor(host: () => SessionContext, carrier: Carrier) {
    this.#host = host;
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

  get #halved(): boolean {
    return this.#carrier === "halves";
  }

  open(start: Start): void {
    this.#call = this.#start(start);
  }

  /** A start arrives whose client is not there any more. */
  openStray(start: Start): void {
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
    if (this.#halved) {
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
    const bytes = this.#up.shift();
    if (bytes === undefined) return;
    if (this.#halved) this.#sends.push(this.#send(bytes));
    else this.#call?.arrive(bytes);
  }

  /** One message that the older stream had under way arrives late. False if there is none. */
  moveStaleUp(): boolean {
    const bytes = this.#staleUp.shift();
    if (bytes === undefined) return false;
    if (this.#halved) this.#send(bytes);
    else this.#stale?.arrive(bytes);
    return true;
  }

  /** Takes the answers that have come to what was sent beside the stream. */
  answered(): FakeCall[] {
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
    this.#up = [];
    return call;
  }

  #start(start: Start): ModelCall {
    const call = this.#openCall();
    call.arrive(
      this.#halved
        ? toBinary(ReceiveRequestSchema, create(ReceiveRequestSchema, { start }))
        : toBinary(SignalRequestSchema, create(SignalRequestSchema, { body: start })),
    );
    return call;
  }

  #openCall(): ModelCall {
    const { receive, signal } = SignalingService.method;
    switch (this.#carrier) {
      case "stream":
        return new FakeCall(signal, openSignal(this.#host()));
      case "halves":
        return new FakeCall(receive, openReceive(this.#host()));
      case "frames":
        return new FrameCall(this.#host());
      case "bytes":
        return new TcpCall(this.#host());
    }
  }

  #send(bytes: Uint8Array): FakeCall {
    const call = new FakeCall(SignalingService.method.sendSignals, openSendSignals(this.#host()));
    call.arrive(bytes);
    return call;
  }
}
