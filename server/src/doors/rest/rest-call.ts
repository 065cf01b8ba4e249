import type { ConnectError } from "@connectrpc/connect";
import { contentKindOf } from "../../wire/content-kind.ts";
import { grown } from "../../wire/growing-buffer.ts";
import { type HttpExchange, headerOf } from "../../wire/http-exchange.ts";
import { jsonPerBinary } from "../../wire/json-codec.ts";
import { type Endpoint, WireCall } from "../../wire/wire-call.ts";
import { tooLarge, WireFault } from "../../wire/wire-error.ts";
import { answerProblem } from "./problem.ts";

/** Makes the message of an RPC of the body of a request. Throws a WireFault, or the error that ends the call. */
export type ReadRequest = (body: Uint8Array) => Uint8Array;

/** What a request of this door is, as a call of the RPC that serves it. */
export interface RestRequest {
  readonly read: ReadRequest;
  /** Whether the body means something. Of any other request it is passed over. */
  readonly hasBody: boolean;
  /**
   * The beginning of the message, shown to the handler before anything of the body is taken: the session token, which
   * a request has in a header.
   */
  readonly head?: Uint8Array;
}

const none = new Uint8Array(0);

/** A request of this door, as a call of `Receive` or `SendSignals`. What it answers with, its subclass knows. */
export abstract class RestCall extends WireCall {
  readonly protocol = "rest";
  readonly #request: RestRequest;
  #body: Uint8Array = none;
  #bytes = 0;
  #complete = false;
  #handedOn = false;

  constructor(exchange: HttpExchange, endpoint: Endpoint, request: RestRequest) {
    super(exchange, endpoint);
    this.#request = request;
  }

  /** Begins, or answers what is wrong with the headers of the request. */
  begin(): void {
    this.open(undefined, this.#request.hasBody ? this.#faultOfHeaders() : undefined);
  }

  #faultOfHeaders(): WireFault | undefined {
    const { exchange } = this;
    const encoding = headerOf(exchange, "content-encoding") ?? "identity";
    if (encoding !== "identity") return new WireFault("encoding", "a request is not compressed here");
    const length = Number(headerOf(exchange, "content-length") ?? 0);
    if (length > this.messageLimit) return tooLarge(this.messageLimit, "the body");
    return undefined;
  }

  /** In bytes of JSON. */
  override get messageLimit(): number {
    return Math.floor(super.messageLimit * jsonPerBinary);
  }

  data(chunk: Buffer): void {
    if (this.ended) return;
    try {
      this.#showHead();
      if (this.#request.hasBody) this.#gather(chunk);
    } catch (thrown) {
      this.fail(thrown);
    }
  }

  #gather(chunk: Buffer): void {
    const limit = this.messageLimit;
    const filled = this.#bytes;
    this.#bytes += chunk.byteLength;
    if (this.#bytes > limit) throw tooLarge(limit, "the body");
    if (filled === 0) this.#checkType();
    if (filled === 0) this.#body = chunk;
    else {
      this.#body = grown(this.#body, filled, this.#bytes, limit);
      this.#body.set(chunk, filled);
    }
  }

  /** A request without a body needs no type. */
  #checkType(): void {
    const kind = contentKindOf(headerOf(this.exchange, "content-type"));
    if (kind === undefined || kind.stream !== undefined || kind.binary) {
      throw new WireFault("encoding", "the content type of a body is application/json");
    }
  }

  dataEnd(): void {
    if (this.ended || this.#complete) return;
    this.#complete = true;
    try {
      this.#handOn();
    } catch (thrown) {
      this.fail(thrown);
    }
  }

  #handOn(): void {
    if (this.idle || !this.#complete || this.#handedOn) return;
    this.#handedOn = true;
    this.#showHead();
    const body = this.#body.subarray(0, this.#bytes);
    this.#body = none;
    const limit = super.messageLimit;
    const message = this.#request.read(body);
    if (message.byteLength > limit) throw tooLarge(limit);
    this.handler?.message(message);
    if (!this.ended) this.handler?.halfClose();
  }

  #showHead(): void {
    const { head } = this.#request;
    if (head !== undefined) this.vet(head, false);
  }

  protected override take(message: Uint8Array): void {
    this.handler?.message(message);
  }

  protected override resumed(): void {
    this.#handOn();
  }

  /** Answers with an error, before anything else was answered. */
  protected refuse(error: ConnectError): void {
    answerProblem(this.exchange, error);
  }

  protected override release(): void {
    this.#body = none;
  }
}
