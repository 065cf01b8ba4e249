import type { ConnectError } from "@connectrpc/connect";
import type { SignalResponse } from "@parley/contract";
import type { ByteString } from "../../wire/byte-string.ts";
import type { Flushable } from "../../wire/flusher.ts";
import type { HttpExchange } from "../../wire/http-exchange.ts";
import type { Endpoint } from "../../wire/wire-call.ts";
import { internal } from "../../wire/wire-error.ts";
import { answerHeadOf, responseOf } from "../rest/attach-answer.ts";
import { closedOf } from "../rest/closed.ts";
import { RestCall, type RestRequest } from "../rest/rest-call.ts";
import { closedEvent, eventOf } from "./event.ts";

/** How much may wait to be flushed before `write` says that it is enough, in bytes. */
const gatheredBytes = 65_536;

/** `Receive` as a stream of events. */
export class EventStreamCall extends RestCall implements Flushable {
  /** The room of a join; undefined on a resume. */
  readonly #room: string | undefined;
  #events: ByteString = "";
  #headSent = false;
  #scheduled = false;
  #blocked = false;

  constructor(exchange: HttpExchange, endpoint: Endpoint, request: RestRequest, room?: string) {
    super(exchange, endpoint, request);
    this.#room = room;
  }

  write(head: Uint8Array, rest?: Uint8Array): boolean {
    if (this.ended) return false;
    const response = responseOf(head, rest);
    this.#sendHead(response);
    this.#events += eventOf(response);
    if (!this.#scheduled) {
      this.#scheduled = true;
      this.endpoint.context.flusher.add(this, this.exchange.httpVersion);
    }
    if (this.#events.length >= gatheredBytes) this.#blocked = true;
    return !this.#blocked;
  }

  /** The first response says what the answer is. */
  #sendHead(first: SignalResponse): void {
    if (this.#headSent) return;
    this.#headSent = true;
    const { status, headers } = answerHeadOf(first, this.#room);
    // nginx holds a response back unless it is asked not to.
    this.exchange.head(status, {
      ...headers,
      "content-type": "text/event-stream",
      "x-accel-buffering": "no",
    });
  }

  flush(): void {
    this.#scheduled = false;
    if (this.ended) return;
    const events = this.#take();
    if (events === "") return;
    try {
      const more = this.exchange.write(events);
      const waited = this.#blocked;
      this.#blocked = !more;
      if (more && waited) super.drain();
    } catch (thrown) {
      this.fail(thrown);
    }
  }

  #take(): ByteString {
    const events = this.#events;
    this.#events = "";
    return events;
  }

  override drain(): void {
    if (!this.#blocked) return;
    this.#blocked = false;
    super.drain();
  }

  protected override finish(error: ConnectError | undefined): void {
    // Only an error comes before the first response.
    if (!this.#headSent) return this.refuse(error ?? this.endpoint.context.faultError(internal()));
    this.exchange.end(this.#take() + closedEvent(closedOf(error)));
  }

  protected override release(): void {
    super.release();
    this.#events = "";
  }
}
