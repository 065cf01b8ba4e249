import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";
import { constants, type ServerHttp2Stream } from "node:http2";
import type { Caller } from "../admission/caller.ts";
import type { Connection } from "../net/connection.ts";
import type { CutCause } from "../net/cut-cause.ts";
import type { WriteDeadline } from "../net/write-deadline.ts";
import type { WatchedResponse, WriteWatch } from "../net/write-watch.ts";
import type { ByteString } from "./byte-string.ts";
import { type ExchangeListener, forwardedFor, type HttpExchange, noHeaders } from "./http-exchange.ts";
import { PacedWriter } from "./paced-writer.ts";
import type { ResponseHeaders } from "./response-headers.ts";

/** Longer texts are written in slices, in bytes. */
const mostAtOnce = 16_384;

/**
 * A request on HTTP/2. It stands on the stream itself: Node's request and response objects on top of it
 * would cost a stream that only waits several kilobytes, and each chunk a second buffer.
 */
export class Http2Exchange implements HttpExchange, WatchedResponse {
  readonly httpVersion = 2;
  readonly method: string;
  readonly target: string;
  headers: IncomingHttpHeaders;
  readonly #stream: ServerHttp2Stream;
  readonly #common: ResponseHeaders;
  readonly carrier: Connection;
  readonly #writes: WriteWatch;
  #listener: ExchangeListener | undefined;
  #paced: PacedWriter | undefined;
  #written = 0;
  #cause: CutCause | undefined;
  /** Whether its end is noticed. */
  #ends = false;
  counted = 0;
  deadline: WriteDeadline | undefined;
  #head: OutgoingHttpHeaders | undefined;
  #trailers = false;

  constructor(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    common: ResponseHeaders,
    connection: Connection,
    writes: WriteWatch,
  ) {
    this.#stream = stream;
    this.carrier = connection;
    this.#writes = writes;
    this.#common = common;
    this.headers = headers;
    this.method = String(headers[":method"]);
    this.target = String(headers[":path"] ?? "");
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
    if (this.#stream.destroyed) return 0;
    return this.#stream.writableLength + (this.#paced?.waiting ?? 0);
  }

  get taken(): number {
    // Of what was not written here nothing is known; then what its connection has sent has to do.
    return this.#written === 0 ? this.carrier.socket.bytesWritten : this.#written - this.waiting;
  }

  watch(): void {
    if (this.waiting === 0) return;
    if (!this.#ends) {
      this.#ends = true;
      this.#stream.once("close", () => this.#writes.forget(this));
    }
    this.#writes.watch(this);
  }

  listen(listener: ExchangeListener): void {
    const stream = this.#stream;
    this.#listener = listener;
    this.#ends = true;
    stream.on("close", () => {
      this.#writes.forget(this);
      listener.gone();
    });
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
    this.#written += text.length;
    let more = false;
    if (this.#isPaced(text)) this.#pace(text);
    else more = this.#stream.write(text, "latin1");
    if (!more) this.watch();
    return more;
  }

  #isPaced(text: ByteString): boolean {
    return this.#paced !== undefined || text.length > mostAtOnce;
  }

  #pace(text: ByteString): PacedWriter {
    this.#paced ??= new PacedWriter(this.#stream, () => {
      this.#paced = undefined;
      this.#listener?.drain();
    });
    this.#paced.add(text);
    return this.#paced;
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
    if (text !== undefined) this.#written += text.length;
    if (this.#isPaced(text ?? "")) this.#pace(text ?? "").end();
    else if (text === undefined) stream.end();
    else stream.end(text, "latin1");
    this.watch();
  }

  abort(tooSlow = false): void {
    if (!this.#open()) return;
    if (tooSlow) this.#cause = "slowReader";
    this.#stream.close(tooSlow ? constants.NGHTTP2_ENHANCE_YOUR_CALM : constants.NGHTTP2_INTERNAL_ERROR);
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
