import { randomBytes } from "node:crypto";
import { create, fromBinary, fromJsonString, toBinary, toJsonString } from "@bufbuild/protobuf";
import {
  Retry,
  reasonName,
  type SignalRequest,
  SignalRequestSchema,
  type SignalResponse,
  SignalResponseSchema,
} from "@parley/contract";
import { connect, type IClientOptions, type MqttClient } from "mqtt";
import { deviceBase } from "../../server/src/bridges/mqtt/topics.ts";
import type { SignalInit } from "../contract/ways/index.ts";
import { until } from "../kit/until.ts";

export interface DeviceOptions {
  readonly room?: string;
  readonly peerId?: string;
  readonly form?: "json" | "proto";
  readonly version?: 4 | 5;
  readonly accessToken?: string;
  /** Of the connection to the broker. */
  readonly broker?: IClientOptions;
}

/** How long an answer may take before the question is put again, in milliseconds. */
const repeatMs = 1500;

/** A device as docs/transports.md describes it: it numbers what it sends, repeats what nobody has acknowledged, and resumes. */
export class MqttDevice {
  readonly peerId: string;
  readonly room: string;
  /** What the other peers sent to it, in order, each once if all is well. */
  readonly received: SignalResponse[] = [];
  /** The reasons of all endings of its streams. */
  readonly endings: string[] = [];
  readonly responses: SignalResponse[] = [];
  readonly #client: MqttClient;
  readonly #base: string;
  readonly #form: "json" | "proto";
  readonly #nonce = randomBytes(16);
  readonly #accessToken: string;
  #token = "";
  #isOpen = false;
  #seq = 0;
  #unacknowledged: SignalRequest[] = [];
  #lastSeq = 0;
  #acked = 0;
  #attempt = 0;
  #timer: NodeJS.Timeout | undefined;
  #ended = false;
  /** What it received that was not next in order: a repetition, or a gap. */
  readonly outOfOrder: number[] = [];

  constructor(url: string, options: DeviceOptions = {}) {
    const { room = "standup", peerId = "cam-1", form = "json", version = 5, accessToken = "" } = options;
    this.peerId = peerId;
    this.room = room;
    this.#form = form;
    this.#accessToken = accessToken;
    this.#base = deviceBase({ room, peerId });
    this.#client = connect(url, {
      protocolVersion: version,
      reconnectPeriod: 100,
      keepalive: 5,
      will: { topic: `${this.#base}/gone`, payload: Buffer.from("gone"), qos: 1, retain: false },
      ...options.broker,
    });
    this.#client.on("connect", () =>
      this.#client.subscribe(`${this.#base}/down`, { qos: 1 }, () => this.begin()),
    );
    this.#client.on("message", (topic, payload) => {
      if (topic === `${this.#base}/down`) this.#take(payload);
    });
    this.#client.on("close", () => {
      this.#isOpen = false;
    });
    this.#client.on("error", () => {});
  }

  /** Resolves when its session is open. */
  async opened(): Promise<this> {
    await until(
      () => this.#isOpen,
      () => `a Welcome for ${this.peerId}; endings: ${this.endings}`,
    );
    return this;
  }

  /** Sends a signal, now or when it has a stream. */
  send(signal: SignalInit): void {
    const request = create(SignalRequestSchema, { ...signal, seq: ++this.#seq });
    this.#unacknowledged.push(request);
    if (this.#isOpen) this.#publish(request);
  }

  get unacknowledged(): number {
    return this.#unacknowledged.length;
  }

  /** Publishes bytes to a topic, its own `…/up` by default. */
  publishRaw(payload: Buffer | string, topic = `${this.#base}/up`): Promise<unknown> {
    return this.#client.publishAsync(topic, payload, { qos: 1 });
  }

  /** Publishes to its own `…/up`, and has the broker keep it. */
  retain(payload: string): Promise<unknown> {
    return this.#client.publishAsync(`${this.#base}/up`, payload, { qos: 1, retain: true });
  }

  /** Subscribes to more than is its own. */
  listen(filters: readonly string[], heard: (topic: string, payload: Buffer) => void): void {
    this.#client.on("message", heard);
    this.#client.subscribe([...filters], { qos: 1 });
  }

  /** Breaks its connection to the broker, as a lost network does; it connects again by itself. */
  cut(): void {
    this.#client.stream.destroy();
  }

  /** Breaks its connection, and does not come back. */
  die(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#client.options.reconnectPeriod = 0;
    this.#client.stream.destroy();
    this.#client.end(true);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended = true;
    clearTimeout(this.#timer);
    await this.#client.endAsync(true);
  }

  /** Joins, or resumes the session that it has. */
  begin(): void {
    if (this.#ended) return;
    this.#isOpen = false;
    const accessToken = this.#accessToken;
    const attempt = ++this.#attempt;
    const join = { room: this.room, peerId: this.peerId, nonce: this.#nonce, accessToken, attempt };
    const resume = {
      ...{ sessionToken: this.#token, lastSeq: this.#lastSeq, ackedSeq: this.#acked },
      ...{ accessToken, attempt },
    };
    this.#publish(
      create(SignalRequestSchema, {
        body: this.#token === "" ? { case: "join", value: join } : { case: "resume", value: resume },
      }),
    );
    this.#again(repeatMs);
  }

  #again(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (!this.#isOpen && this.#client.connected) this.begin();
    }, delayMs);
  }

  #publish(request: SignalRequest): void {
    const payload =
      this.#form === "json"
        ? toJsonString(SignalRequestSchema, request)
        : Buffer.from(toBinary(SignalRequestSchema, request));
    // Whatever the broker does with it: the acknowledgement of the service counts.
    this.#client.publish(`${this.#base}/up`, payload, { qos: 1 }, () => {});
  }

  #take(payload: Buffer): void {
    const response =
      this.#form === "json"
        ? fromJsonString(SignalResponseSchema, payload.toString())
        : fromBinary(SignalResponseSchema, payload);
    this.responses.push(response);
    const { seq, ack, body } = response;
    if (ack > this.#acked) {
      this.#acked = ack;
      this.#unacknowledged = this.#unacknowledged.filter((request) => request.seq > ack);
    }
    if (seq > 0) this.#takeNumbered(seq, response);
    if (body.case === "welcome") this.#welcomed(body.value.sessionToken);
    if (body.case === "closed") {
      this.#isOpen = false;
      const { reason, retry, retryAfter } = body.value;
      this.endings.push(reasonName(reason));
      if (retry !== Retry.RESUME && retry !== Retry.LATER) return clearTimeout(this.#timer);
      this.#again(Number(retryAfter?.seconds ?? 0) * 1000 + (retryAfter?.nanos ?? 0) / 1e6);
    }
  }

  #takeNumbered(seq: number, response: SignalResponse): void {
    // What was on its way when a stream ended comes again after the resume.
    if (seq <= this.#lastSeq) return;
    if (seq !== this.#lastSeq + 1) this.outOfOrder.push(seq);
    this.#lastSeq = seq;
    this.received.push(response);
    this.#publish(create(SignalRequestSchema, { ack: seq }));
  }

  #welcomed(token: string): void {
    this.#token = token;
    this.#isOpen = true;
    for (const request of this.#unacknowledged) this.#publish(request);
  }
}
