import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { Writable } from "node:stream";
import type { Caller } from "../admission/caller.ts";
import type { Connection } from "../net/connection.ts";
import type { CutCause } from "../net/cut-cause.ts";
import { queuedBytes } from "../net/queued-bytes.ts";
import type { WriteDeadline } from "../net/write-deadline.ts";
import type { WatchedResponse, WriteWatch } from "../net/write-watch.ts";
import type { ByteString } from "./byte-string.ts";
import { type ExchangeListener, forwardedFor, type HttpExchange, noHeaders } from "./http-exchange.ts";
import type { ResponseHeaders } from "./response-headers.ts";

/** A request on HTTP/1.1. */
export class Http1Exchange implements HttpExchange, WatchedResponse {
  readonly httpVersion = 1;
  readonly method: string;
  readonly target: string;
  headers: IncomingHttpHeaders;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #common: ResponseHeaders;
  readonly carrier: Connection;
  readonly #writes: WriteWatch;
  #written = 0;
  #cause: CutCause | undefined;
  /** Whether its end is noticed. */
  #ends = false;
  counted = 0;
  deadline: WriteDeadline | undefined;
  #listener: ExchangeListener | undefined;
  #awaitsDrain = false;
  #head: { readonly status: number; readonly headers: OutgoingHttpHeaders } | undefined;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    common: ResponseHeaders,
    connection: Connection,
    writes: WriteWatch,
  ) {
    this.#request = request;
    this.carrier = connection;
    this.#writes = writes;
    this.#response = response;
    this.#common = common;
    this.headers = request.headers;
    this.method = request.method ?? "";
    this.target = request.url ?? "";
    // Both are reported by "close" as well; without a listener they would end the process.
    request.on("error", ignore);
    response.on("error", ignore);
  }

  get caller(): Caller {
    return this.carrier.callerOf(forwardedFor(this.headers));
  }

  get cause(): CutCause | undefined {
    return this.#cause ?? this.carrier.cause;
  }

  prove(): void {
    this.carrier.prove();
  }

  get waiting(): number {
    return this.#response.destroyed ? 0 : this.#response.writableLength;
  }

  /** Node counts a piece until all of it is gone; how much of it the system has taken, the socket's handle knows. */
  get taken(): number {
    return 2 * this.#written - this.waiting - queuedBytes(this.carrier.socket);
  }

  watch(): void {
    if (this.waiting === 0) return;
    if (!this.#ends) {
      this.#ends = true;
      this.#response.once("close", () => this.#writes.forget(this));
    }
    this.#writes.watch(this);
  }

  listen(listener: ExchangeListener): void {
    this.#listener = listener;
    this.#ends = true;
    this.#response.on("close", () => {
      this.#writes.forget(this);
      listener.gone();
    });
    this.#request.on("end", () => listener.dataEnd());
    this.#request.on("data", (chunk: Buffer) => listener.data(chunk));
  }

  pause(): void {
    this.#request.pause();
  }

  resume(): void {
    this.#request.resume();
  }

  head(status: number, headers: OutgoingHttpHeaders, trailers = false): void {
    const all = { ...headers };
    // Trailers stand behind the last chunk, even where the body is empty.
    if (trailers) all["transfer-encoding"] = "chunked";
    this.#common.addToCall(this.headers, all);
    this.#head = { status, headers: all };
    this.headers = noHeaders;
    this.#request.headers = noHeaders;
    this.#request.rawHeaders = [];
  }

  write(text: ByteString): boolean {
    const response = this.#response;
    if (response.destroyed) return true;
    this.#written += text.length;
    if (this.#head !== undefined || !response.chunkedEncoding || response.socket === null) {
      this.#respond();
      const more = response.write(text, "latin1");
      if (!more) this.#awaitDrain(response);
      return more;
    }
    // One write for each chunk. Node makes four of size, line end, chunk and line end, which costs as much
    // again as the rest of a signal's way. The order holds: what the response has written is in this socket.
    const more = response.socket.write(chunkOf(text), "latin1");
    if (!more) this.#awaitDrain(response.socket);
    return more;
  }

  #awaitDrain(writable: Writable): void {
    this.watch();
    if (this.#awaitsDrain) return;
    this.#awaitsDrain = true;
    writable.once("drain", this.#drained);
  }

  readonly #drained = (): void => {
    this.#awaitsDrain = false;
    if (!this.#response.destroyed) this.#listener?.drain();
  };

  end(text?: ByteString, trailers?: OutgoingHttpHeaders): void {
    const response = this.#response;
    if (response.destroyed) return;
    this.#respond();
    if (trailers !== undefined) response.addTrailers(trailers);
    // Node reads what is left of the body, and forgets it, so that the connection can be used again.
    this.#request.resume();
    if (text === undefined) response.end();
    else {
      this.#written += text.length;
      response.end(text, "latin1");
    }
    this.watch();
  }

  abort(tooSlow = false): void {
    if (tooSlow) this.#cause = "slowReader";
    this.#response.destroy();
  }

  #respond(): void {
    const head = this.#head;
    if (head === undefined) return;
    this.#head = undefined;
    this.#response.writeHead(head.status, head.headers);
  }
}

function ignore(): void {}

/** A chunk with its size before it (RFC 9112, section 7.1). */
function chunkOf(text: ByteString): ByteString {
  return `${text.length.toString(16)}\r\n${text}\r\n`;
}
