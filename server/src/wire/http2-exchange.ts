import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";
import { constants, type ServerHttp2Stream } from "node:http2";
import type { ByteString } from "./byte-string.ts";
import { type Exchange, type ExchangeListener, noHeaders } from "./exchange.ts";
import type { ResponseHeaders } from "./response-headers.ts";

/**
 * A request on HTTP/2. It stands on the stream itself: Node's request and response objects on top of it
 * would cost a stream that only waits several kilobytes, and each chunk a second buffer.
 */
export class Http2Exchange implements Exchange {
  readonly httpVersion = 2;
  readonly method: string;
  readonly target: string;
  headers: IncomingHttpHeaders;
  readonly #stream: ServerHttp2Stream;
  readonly #common: ResponseHeaders;
  #head: OutgoingHttpHeaders | undefined;
  #trailers = false;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, common: ResponseHeaders) {
    this.#stream = stream;
    this.#common = common;
    this.headers = headers;
    this.method = String(headers[":method"]);
    this.target = String(headers[":path"] ?? "");
    // Told by "close" as well; without a listener it would end the process.
    stream.on("error", ignore);
  }

  listen(listener: ExchangeListener): void {
    const stream = this.#stream;
    stream.on("close", () => listener.gone());
    stream.on("drain", () => listener.drain());
    stream.on("end", () => {
      // Node ends the body of a stream that was reset, or whose connection is gone, as if it were complete.
      if (this.#open()) listener.dataEnd();
    });
    stream.on("data", (chunk: Buffer) => listener.data(chunk));
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  head(status: number, headers: OutgoingHttpHeaders, trailers = false): void {
    this.#head = { ":status": status, ...headers };
    this.#trailers = trailers;
    this.#common.addToCall(this.headers, this.#head);
    this.headers = noHeaders;
  }

  write(text: ByteString): boolean {
    if (!this.#open()) return true;
    this.#respond(false);
    return this.#stream.write(text, "latin1");
  }

  end(text?: ByteString, trailers?: OutgoingHttpHeaders): void {
    if (!this.#open()) return;
    const stream = this.#stream;
    stream.resume();
    const atOnce = text === undefined && this.#head !== undefined && !this.#trailers;
    if (this.#trailers) {
      stream.once("wantTrailers", () => {
        stream.sendTrailers(trailers ?? {});
        // Node sends them in an immediate of its own, which stands before this one.
        setImmediate(refuseRest, stream);
      });
    } else stream.once("finish", () => setImmediate(refuseRest, stream));
    this.#respond(atOnce);
    if (atOnce) return;
    if (text === undefined) stream.end();
    else stream.end(text, "latin1");
  }

  abort(): void {
    if (this.#open()) this.#stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  }

  #open(): boolean {
    return !this.#stream.destroyed && !this.#stream.closed;
  }

  #respond(endStream: boolean): void {
    const head = this.#head;
    if (head === undefined) return;
    this.#head = undefined;
    this.#stream.respond(head, { endStream, waitForTrailers: this.#trailers });
  }
}

/**
 * The response is complete: a client that still sends is asked to stop (RFC 9113, section 8.1). Where it
 * has sent all, the stream is over by itself.
 */
function refuseRest(stream: ServerHttp2Stream): void {
  if (stream.destroyed || stream.closed) return;
  if (stream.readableEnded || stream.state.remoteClose === 1) return;
  stream.close(constants.NGHTTP2_NO_ERROR);
}

function ignore(): void {}
