import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { ClientDuplexStream, ServiceError } from "@grpc/grpc-js";
import {
  type DeepPartial,
  Join,
  type SignalingServiceClient,
  SignalRequest,
  type SignalResponse,
  type Welcome,
} from "./gen/parley/v1/signaling.ts";
import { Backoff, millisecondsOf, readEnd } from "./retry.ts";

type Stream = ClientDuplexStream<SignalRequest, SignalResponse>;

/** After so many intervals without a word from the service the stream is taken for dead. */
const silentIntervals = 3;

/**
 * A place in a room that outlives its streams: what was sent and not acknowledged is sent again, and what was
 * received and processed is acknowledged.
 */
export class Session {
  readonly #client: SignalingServiceClient;
  readonly #join: Join;
  readonly #backoff = new Backoff();
  readonly #stopping = new AbortController();
  #token = "";
  /** How often the session was opened: an older try that arrives late must not displace a newer one. */
  #attempt = 0;
  #leaving = false;
  /** The stream, while there is one that was welcomed. */
  #stream: Stream | undefined;
  /** The number of the last signal sent, of the last that the service has acknowledged, and those after it. */
  #sent = 0;
  #acked = 0;
  #unacked: SignalRequest[] = [];
  /** The number of the last response processed, and the last that the service was told of. */
  #processed = 0;
  #acknowledged = 0;
  #intervalMs = 15_000;

  constructor(client: SignalingServiceClient, join: DeepPartial<Join>) {
    this.#client = client;
    this.#join = Join.fromPartial(join);
    this.#startAfresh();
  }

  /** Whether everything that was sent is stored in its recipient's mailbox, or was rejected. */
  get settled(): boolean {
    return this.#unacked.length === 0;
  }

  /**
   * Joins the room and hands every response to `handle`. Resolves when the session has left, and rejects when it
   * cannot go on.
   */
  async run(handle: (response: SignalResponse) => void): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const error = await this.#follow(handle);
      if (error === undefined || signal.aborted) return;
      const end = readEnd(error);
      if (end.retry === "never") throw new Error(`${end.reason}: ${error.details}`);
      if (end.retry === "rejoin") {
        if (this.#leaving) return;
        this.#startAfresh();
      }
      const waitMs = Math.max(end.waitMs, this.#backoff.nextMs());
      console.log(`stream lost (${end.reason}); trying again in ${(waitMs / 1000).toFixed(1)} s`);
      await sleep(waitMs, undefined, { signal }).catch(() => {});
    }
  }

  /** Numbers a signal and sends it; while there is no stream, it goes out with the next. */
  send(signal: DeepPartial<SignalRequest>): void {
    const request = SignalRequest.fromPartial({ ...signal, seq: ++this.#sent });
    this.#unacked.push(request);
    this.#write(request);
  }

  /** Ends the session; `run` resolves when the service has confirmed it. */
  leave(): void {
    if (this.#leaving) return;
    this.#leaving = true;
    this.send({ body: { $case: "leave", value: {} } });
  }

  /** Gives up without a word; the service keeps the session for the resume window. */
  stop(): void {
    this.#stopping.abort();
  }

  /** Holds the session over one stream, to its end. Resolves with its error; undefined after a `leave`. */
  #follow(handle: (response: SignalResponse) => void): Promise<ServiceError | undefined> {
    const stream = this.#client.signal();
    const cancel = () => stream.cancel();
    let heartbeat: NodeJS.Timeout | undefined;
    let silence = setTimeout(cancel, silentIntervals * this.#intervalMs);
    let moving: NodeJS.Timeout | undefined;
    this.#stopping.signal.addEventListener("abort", cancel);
    stream.on("data", (response: SignalResponse) => {
      const { body } = response;
      if (body?.$case === "welcome") {
        this.#welcome(stream, response.ack, body.value);
        heartbeat ??= setInterval(() => this.#beat(), this.#intervalMs);
      }
      if (body?.$case === "goAway") moving = setTimeout(cancel, millisecondsOf(body.value.reconnectAfter));
      clearTimeout(silence);
      silence = setTimeout(cancel, silentIntervals * this.#intervalMs);
      this.#take(response, handle);
    });
    stream.write(this.#opening());
    return new Promise((resolve) => {
      const end = (error?: ServiceError) => {
        clearInterval(heartbeat);
        clearTimeout(silence);
        clearTimeout(moving);
        this.#stopping.signal.removeEventListener("abort", cancel);
        if (this.#stream === stream) this.#stream = undefined;
        resolve(error);
      };
      stream.on("error", end);
      stream.on("end", () => end());
    });
  }

  /** The first request of a stream. */
  #opening(): SignalRequest {
    const attempt = ++this.#attempt;
    const join = { ...this.#join, attempt };
    const resume = { sessionToken: this.#token, lastSeq: this.#processed, ackedSeq: this.#acked, attempt };
    return SignalRequest.fromPartial({
      body: this.#token === "" ? { $case: "join", value: join } : { $case: "resume", value: resume },
    });
  }

  #welcome(stream: Stream, ack: number, welcome: Welcome): void {
    this.#stream = stream;
    this.#token = welcome.sessionToken;
    this.#intervalMs = millisecondsOf(welcome.heartbeatInterval) || this.#intervalMs;
    this.#backoff.reset();
    this.#settle(ack);
    for (const signal of this.#unacked) this.#write(signal);
  }

  #take(response: SignalResponse, handle: (response: SignalResponse) => void): void {
    this.#settle(response.ack);
    if (response.seq !== 0 && response.seq <= this.#processed) return;
    handle(response);
    if (response.seq === 0) return;
    this.#processed = response.seq;
    // One acknowledgement for all that comes at once.
    setImmediate(() => {
      if (this.#acknowledged !== this.#processed) this.#beat();
    });
  }

  /** Forgets what the service has acknowledged. */
  #settle(ack: number): void {
    this.#acked = Math.max(this.#acked, ack);
    this.#unacked = this.#unacked.filter(({ seq }) => seq > ack);
  }

  #beat(): void {
    this.#write(SignalRequest.fromPartial({ body: { $case: "heartbeat", value: {} } }));
  }

  #write(request: SignalRequest): void {
    if (this.#stream === undefined) return;
    this.#acknowledged = this.#processed;
    this.#stream.write({ ...request, ack: this.#processed });
  }

  /** Makes the next stream begin a new session. The nonce stays the same while the join is repeated. */
  #startAfresh(): void {
    this.#join.nonce = randomBytes(16);
    this.#token = "";
    this.#attempt = 0;
    this.#sent = this.#acked = this.#processed = this.#acknowledged = 0;
    this.#unacked = [];
  }
}
