import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";
import type { ExchangeListener, HttpExchange } from "../../server/src/wire/http-exchange.ts";

export interface FakeRequest {
  readonly httpVersion: 1 | 2;
  readonly method: string;
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
}

/** One HTTP request without HTTP: the test hands in the pieces of the body, and keeps what is answered. */
export class FakeExchange implements HttpExchange {
  readonly httpVersion: 1 | 2;
  readonly method: string;
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly written: Uint8Array[] = [];
  status = 0;
  responseHeaders: OutgoingHttpHeaders = {};
  trailers: OutgoingHttpHeaders | undefined;
  ended = false;
  aborted = false;
  /** Whether each `write` says that the client does not keep up, and `drain` follows a turn later. */
  slow = false;
  paused = false;
  #listener: ExchangeListener | undefined;

  constructor({ httpVersion, method, target, headers }: FakeRequest) {
    this.httpVersion = httpVersion;
    this.method = method;
    this.target = target;
    this.headers = headers;
  }

  listen(listener: ExchangeListener): void {
    if (this.#listener !== undefined) throw new Error("listens a second time");
    this.#listener = listener;
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  head(status: number, headers: OutgoingHttpHeaders): void {
    if (this.status !== 0) throw new Error("a second head");
    this.status = status;
    this.responseHeaders = headers;
  }

  write(text: string): boolean {
    if (this.ended) throw new Error("written after the end");
    this.written.push(Buffer.from(text, "latin1"));
    if (this.slow) setImmediate(() => this.#listener?.drain());
    return !this.slow;
  }

  end(text?: string, trailers?: OutgoingHttpHeaders): void {
    if (this.ended) throw new Error("a second end");
    if (text !== undefined) this.written.push(Buffer.from(text, "latin1"));
    this.trailers = trailers;
    this.ended = true;
  }

  abort(): void {
    this.aborted = true;
  }

  /** A piece of the body comes. */
  data(chunk: Buffer): void {
    this.#listener?.data(chunk);
  }

  /** The body is complete. */
  dataEnd(): void {
    this.#listener?.dataEnd();
  }

  /** The connection is cut. */
  cut(): void {
    this.#listener?.gone();
  }

  get body(): Buffer {
    return Buffer.concat(this.written);
  }
}
