import { type JsonObject, toJson } from "@bufbuild/protobuf";
import type { ConnectError } from "@connectrpc/connect";
import { type SignalResponse, SignalResponseSchema } from "@parley/contract";
import type { Timer, Timers } from "../../time/timers.ts";
import type { HttpExchange } from "../../wire/http-exchange.ts";
import type { Endpoint } from "../../wire/wire-call.ts";
import { answerHeadOf, responseOf } from "./attach-answer.ts";
import { RestCall, type RestRequest } from "./rest-call.ts";
import { sendJson } from "./send-json.ts";

/** How much is gathered before the session is asked to wait, in bytes of JSON: the rest is for the next poll. */
const gatheredBytes = 65_536;
/** The shortest wait, in milliseconds: a mailbox in Redis takes a moment to read. */
const leastWaitMs = 100;

export interface PollOptions {
  readonly timers: Timers;
  /** The room of a join; absent on a resume. */
  readonly room?: string | undefined;
  /** How long to wait for something to answer with, in milliseconds; as long as the session does if it is absent. */
  readonly waitMs?: number | undefined;
}

/** `Receive` as one answer: what has come, or what comes first. */
export class PollCall extends RestCall {
  readonly #options: PollOptions;
  readonly #responses: JsonObject[] = [];
  #first: SignalResponse | undefined;
  #gathered = 0;
  #timer: Timer | undefined;

  constructor(exchange: HttpExchange, endpoint: Endpoint, request: RestRequest, options: PollOptions) {
    super(exchange, endpoint, request);
    this.#options = options;
  }

  write(head: Uint8Array, rest?: Uint8Array): boolean {
    if (this.ended) return false;
    const response = responseOf(head, rest);
    this.#responses.push(toJson(SignalResponseSchema, response) as JsonObject);
    this.#gathered += head.byteLength + (rest?.byteLength ?? 0);
    this.#first ??= response;
    if (this.#responses.length === 1) this.#awaitMore();
    return this.#gathered < gatheredBytes;
  }

  /** A join is answered at once, also when it is repeated; a session that has been there would wait for more. */
  #awaitMore(): void {
    const { timers, room, waitMs } = this.#options;
    // The session is in the middle of its beginning.
    if (room !== undefined) return process.nextTick(() => this.end());
    if (waitMs === undefined) return;
    this.#timer = timers.after(Math.max(waitMs, leastWaitMs), () => this.end());
  }

  protected override finish(error: ConnectError | undefined): void {
    this.#options.timers.cancel(this.#timer);
    if (error !== undefined) return this.refuse(error);
    const { room } = this.#options;
    const { status, headers } =
      this.#first === undefined ? { status: 200, headers: {} } : answerHeadOf(this.#first, room);
    const answer = room === undefined ? { responses: this.#responses } : (this.#responses[0] ?? {});
    sendJson(this.exchange, status, JSON.stringify(answer), { headers });
  }

  protected override release(): void {
    super.release();
    this.#options.timers.cancel(this.#timer);
    this.#responses.length = 0;
  }
}
