import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type ClientDuplexStream, type StatusObject, status } from "@grpc/grpc-js";
import {
  type DeepPartial,
  Join,
  type SignalingServiceClient,
  SignalRequest,
  type SignalResponse,
} from "./gen/parley/v1/signaling.ts";

type Stream = ClientDuplexStream<SignalRequest, SignalResponse>;

/** What a proxy answers without any advice of the service: to resume would not change its mind. */
const refusals = [
  status.UNIMPLEMENTED,
  status.INVALID_ARGUMENT,
  status.UNAUTHENTICATED,
  status.PERMISSION_DENIED,
];

/**
 * A place in a room that outlives its streams: what was sent and not acknowledged is sent again, and each response is
 * handled once, in order.
 */
export class Session {
  readonly #client: SignalingServiceClient;
  readonly #join: Join;
  readonly #handle: (response: SignalResponse) => void;
  #stream: Stream | undefined;
  #token = "";
  /** The last signal sent, the last one acknowledged and those after it, and the last response handled. */
  #seq = 0;
  #acked = 0;
  #unacked: SignalRequest[] = [];
  #lastSeq = 0;
  #waitMs = 0;

  constructor(
    client: SignalingServiceClient,
    join: DeepPartial<Join>,
    handle: (response: SignalResponse) => void,
  ) {
    this.#client = client;
    this.#join = Join.fromPartial(join);
    this.#handle = handle;
  }

  /** Joins, and resolves when the session has left. Rejects if the service will not have it. */
  async run(): Promise<void> {
    this.#join.nonce = randomBytes(16);
    for (;;) {
      const { code, details, metadata } = await this.#follow();
      if (code === status.OK) return;
      const retry = metadata.get("parley-retry")[0] ?? (refusals.includes(code) ? "never" : "resume");
      if (retry === "never") throw new Error(details);
      if (retry === "rejoin") this.#startOver();
      console.log(`stream lost: ${status[code]} ${details}`);
      this.#waitMs = Math.min(Math.max(2 * this.#waitMs, 250), 10_000);
      const leastMs = Number(metadata.get("parley-retry-after-ms")[0] ?? 0);
      await sleep(Math.max(Math.random() * this.#waitMs, leastMs));
    }
  }

  /** Numbers a signal and sends it; while there is no stream, it waits for the next. */
  send(signal: DeepPartial<SignalRequest>): void {
    const request = SignalRequest.fromPartial({ ...signal, seq: ++this.#seq });
    this.#unacked.push(request);
    this.#write(request);
  }

  #write(request: SignalRequest): void {
    this.#stream?.write({ ...request, ack: this.#lastSeq });
  }

  /** Holds the session over one stream, and resolves with how that ended: OK after a `leave`. */
  #follow(): Promise<StatusObject> {
    const stream = this.#client.signal();
    const cancel = () => stream.cancel();
    const timers = [setTimeout(cancel, 10_000)];
    let patienceMs = 10_000;
    stream.on("data", (response: SignalResponse) => {
      const { body } = response;
      if (body?.$case === "welcome") {
        patienceMs = 2.5 * millisecondsOf(body.value.heartbeatInterval);
        this.#waitMs = 0;
      }
      clearTimeout(timers[0]);
      timers[0] = setTimeout(cancel, patienceMs);
      if (body?.$case === "goAway")
        timers.push(setTimeout(cancel, millisecondsOf(body.value.reconnectAfter)));
      if (this.#take(stream, response)) this.#handle(response);
    });
    stream.write(this.#opening());
    return new Promise((resolve) => {
      // "status" reports it as well; without a listener it would end the process.
      stream.on("error", () => {});
      stream.on("status", (status: StatusObject) => {
        this.#stream = undefined;
        for (const timer of timers) clearTimeout(timer);
        resolve(status);
      });
    });
  }

  /** The first request of a stream: joins, or resumes the session that there is. */
  #opening(): SignalRequest {
    const attempt = ++this.#join.attempt;
    const resume = { sessionToken: this.#token, lastSeq: this.#lastSeq, ackedSeq: this.#acked, attempt };
    return SignalRequest.fromPartial({
      body: this.#token === "" ? { $case: "join", value: this.#join } : { $case: "resume", value: resume },
    });
  }

  /** Notes what a response says of the session. Returns whether it is new. */
  #take(stream: Stream, { seq, ack, body }: SignalResponse): boolean {
    this.#acked = Math.max(this.#acked, ack);
    this.#unacked = this.#unacked.filter(({ seq }) => seq > this.#acked);
    if (body?.$case === "welcome") {
      this.#stream = stream;
      this.#token = body.value.sessionToken;
      for (const signal of this.#unacked) this.#write(signal);
    }
    if (seq <= this.#lastSeq) return seq === 0;
    this.#lastSeq = seq;
    this.#write(SignalRequest.fromPartial({})); // a bare acknowledgement
    return true;
  }

  /** The next stream opens a new session, which may have the name of the one before. */
  #startOver(): void {
    this.#join.formerNonce = this.#join.nonce;
    this.#join.nonce = randomBytes(16);
    this.#token = "";
    this.#seq = this.#acked = this.#lastSeq = 0;
    this.#unacked = [];
  }
}

function millisecondsOf(duration = { seconds: 0, nanos: 0 }): number {
  return duration.seconds * 1000 + duration.nanos / 1e6;
}
