import type { OutgoingHttpHeaders } from "node:http";
import { Code, type ConnectError } from "@connectrpc/connect";
import { compressedFlag, compressionNegotiate } from "@connectrpc/connect/protocol";
import { PacedQueue } from "../net/paced-queue.ts";
import { Base64Reader } from "./base64-reader.ts";
import type { ByteString } from "./byte-string.ts";
import { EnvelopeBuffer } from "./envelope-buffer.ts";
import { EnvelopeReader, type EnvelopeSink } from "./envelope-reader.ts";
import { deflate, encodings } from "./gzip.ts";
import { addHeaders } from "./headers.ts";
import { type HttpExchange, headerOf } from "./http-exchange.ts";
import type { StreamProtocol } from "./stream-protocol.ts";
import { type Endpoint, WireCall } from "./wire-call.ts";
import { encodingFault, headerFault, internal, malformed, WireFault, wrongCount } from "./wire-error.ts";

/** How much may wait to be flushed before `write` says that it is enough, in bytes. */
const gatheredBytes = 65_536;
/** After so many messages the others get their turn: a chunk may hold thousands. */
const messagesInARow = 128;
/** How many calls that have sent so many go on in one turn of the event loop. */
const callsPerTurn = 2;

/** Where calls wait that have sent many messages. */
export function createCallBacklog(): PacedQueue {
  return new PacedQueue(callsPerTurn);
}

/** A call whose messages are in envelopes: all of gRPC and gRPC-Web, and the streams of Connect. */
export class StreamCall extends WireCall implements EnvelopeSink {
  readonly protocol: StreamProtocol["name"];
  readonly #protocol: StreamProtocol;
  /** Whether there may be several requests, and several responses. */
  readonly #streamsUp: boolean;
  readonly #streamsDown: boolean;
  readonly #reader: EnvelopeReader;
  readonly #base64: Base64Reader | undefined;
  readonly #envelopes = new EnvelopeBuffer();
  #inflates = false;
  #deflates = false;
  /** The client learns that its encoding is unknown, and which ones are known. */
  #tellEncodings = false;
  #headSent = false;
  #scheduled = false;
  #blocked = false;
  #received = 0;
  #inARow = 0;
  #written = 0;
  /** The only message of a request that has but one: it waits until no second has come. */
  #single: Uint8Array | undefined;
  #dataEnded = false;
  #halfClosed = false;

  constructor(exchange: HttpExchange, endpoint: Endpoint, protocol: StreamProtocol) {
    super(exchange, endpoint);
    this.protocol = protocol.name;
    this.#protocol = protocol;
    const { methodKind } = this.method;
    this.#streamsUp = methodKind === "client_streaming" || methodKind === "bidi_streaming";
    this.#streamsDown = methodKind === "server_streaming" || methodKind === "bidi_streaming";
    this.#base64 = protocol.text ? new Base64Reader() : undefined;
    this.#reader = new EnvelopeReader(endpoint.context.headBytes, this);
  }

  /** Reads the headers, and begins. */
  begin(): void {
    const { exchange } = this;
    const protocol = this.#protocol;
    const timeout = headerOf(exchange, protocol.timeoutHeader);
    const { timeoutMs, error } =
      timeout === null ? {} : protocol.parseTimeout(timeout, Number.MAX_SAFE_INTEGER);
    this.open(timeoutMs, this.#negotiate() ?? (error && headerFault(error)));
  }

  #negotiate(): WireFault | undefined {
    const { exchange } = this;
    const { encodingHeader, acceptEncodingHeader } = this.#protocol;
    const requested = headerOf(exchange, encodingHeader);
    const mayDeflate = this.endpoint.context.compressMinBytes !== undefined;
    if (requested === null && !mayDeflate) return undefined;
    const accepted = headerOf(exchange, acceptEncodingHeader);
    const outcome = compressionNegotiate(encodings, requested, accepted, acceptEncodingHeader);
    this.#inflates = outcome.request !== null;
    this.#deflates = outcome.response !== null && mayDeflate;
    this.#tellEncodings = outcome.error !== undefined;
    return outcome.error && encodingFault(outcome.error);
  }

  write(head: Uint8Array, rest?: Uint8Array): boolean {
    if (this.ended) return false;
    if (++this.#written > 1 && !this.#streamsDown) {
      this.fail(new Error(`${this.method.name} has one response, and its handler wrote a second`));
      return false;
    }
    const { json } = this.endpoint;
    if (json === undefined && !this.#deflates) this.#envelopes.add(0, head, rest);
    else this.#transcode(rest === undefined ? head : Buffer.concat([head, rest]));
    if (!this.#scheduled) {
      this.#scheduled = true;
      this.endpoint.context.flusher.add(this, this.exchange.httpVersion);
    }
    if (this.#envelopes.bytes >= gatheredBytes) this.#blocked = true;
    return !this.#blocked;
  }

  #transcode(binary: Uint8Array): void {
    const { json, context } = this.endpoint;
    let bytes = binary;
    if (json !== undefined) {
      try {
        bytes = json.encode(binary);
      } catch (thrown) {
        return this.fail(thrown);
      }
    }
    this.#addDeflated(0, bytes, context.compressMinBytes);
  }

  #addDeflated(flags: number, bytes: Uint8Array, minBytes: number | undefined): void {
    if (this.#deflates && minBytes !== undefined && bytes.byteLength >= minBytes) {
      this.#envelopes.add(flags | compressedFlag, deflate(bytes));
    } else this.#envelopes.add(flags, bytes);
  }

  flush(): void {
    this.#scheduled = false;
    if (this.ended) return;
    const text = this.#take();
    if (text === undefined) return;
    try {
      this.#sendHead(this.#protocol.trailers, undefined);
      const more = this.exchange.write(text);
      const waited = this.#blocked;
      this.#blocked = !more;
      if (more && waited) super.drain();
    } catch (thrown) {
      this.fail(thrown);
    }
  }

  #take(): ByteString | undefined {
    return this.#envelopes.take(this.#base64 === undefined ? "latin1" : "base64");
  }

  override drain(): void {
    if (!this.#blocked) return;
    this.#blocked = false;
    super.drain();
  }

  protected override finish(error: ConnectError | undefined): void {
    this.#reader.stop();
    const { flags, body, trailers } = this.#protocol.end(this.#outcome(error), this.ownTrailer);
    if (body !== undefined) this.#addDeflated(flags, body, this.endpoint.context.compressMinBytes);
    const text = this.#take();
    if (!this.#headSent && text === undefined && this.ownHeader === undefined && trailers !== undefined) {
      // Nothing but the end: the trailers stand where the headers would.
      this.#sendHead(false, trailers);
      return this.exchange.end();
    }
    this.#sendHead(this.#protocol.trailers, undefined);
    this.exchange.end(text, trailers);
  }

  /** A response of one message that has none is the handler's fault. */
  #outcome(error: ConnectError | undefined): ConnectError | undefined {
    if (error !== undefined || this.#written > 0) return error;
    if (this.#streamsDown) return undefined;
    this.endpoint.context.onError(new Error(`the handler of ${this.method.name} ended without a response`));
    return this.endpoint.context.faultError(internal());
  }

  #sendHead(trailersFollow: boolean, more: OutgoingHttpHeaders | undefined): void {
    if (this.#headSent) return;
    this.#headSent = true;
    const protocol = this.#protocol;
    const headers: OutgoingHttpHeaders = {
      "content-type": protocol.contentType(this.endpoint.json === undefined),
      ...more,
    };
    if (this.#deflates) headers[protocol.encodingHeader] = "gzip";
    if (this.#tellEncodings) headers[protocol.acceptEncodingHeader] = "gzip";
    if (this.ownHeader !== undefined) addHeaders(headers, this.ownHeader);
    this.exchange.head(200, headers, trailersFollow);
  }

  protected override stopped(): void {
    this.#reader.pause();
  }

  protected override resumed(): void {
    this.#reader.resume();
    if (!this.idle && this.#dataEnded) this.#halfClose();
  }

  data(chunk: Buffer): void {
    if (this.ended) return;
    try {
      this.#reader.push(this.#base64 === undefined ? chunk : this.#base64.decode(chunk));
    } catch (thrown) {
      this.fail(thrown);
    }
  }

  envelope(flags: number, bytes: Uint8Array): void {
    if (this.ended) return;
    this.#checkFlags(flags);
    if (++this.#inARow === messagesInARow) this.#yield();
    this.decode(bytes, flags !== 0);
  }

  /** The beginning of a message says whether the rest is worth taking. */
  head(flags: number, bytes: Uint8Array): void {
    if (this.ended) return;
    this.#checkFlags(flags);
    this.vet(bytes, flags !== 0);
  }

  protected override take(message: Uint8Array): void {
    if (this.#streamsUp) {
      this.handler?.message(message);
    } else if (this.#received++ === 0) this.#single = message;
    else throw wrongCount(`${this.method.name} has one request, and a second came`);
  }

  #checkFlags(flags: number): void {
    if (flags === 0 || this.#inflates) return;
    throw new WireFault("encoding", "a compressed message, and no header says how", Code.Internal);
  }

  /** Goes on in one of the next turns of the event loop. */
  #yield(): void {
    this.#inARow = 0;
    this.hold();
    this.endpoint.context.backlog.later(() => this.unhold());
  }

  dataEnd(): void {
    if (this.ended || this.#dataEnded) return;
    this.#dataEnded = true;
    try {
      if (this.#base64 !== undefined) this.#reader.push(this.#base64.end());
      if (!this.idle) this.#halfClose();
    } catch (thrown) {
      this.fail(thrown);
    }
  }

  #halfClose(): void {
    if (this.#halfClosed) return;
    if (!this.#reader.atBoundary) throw malformed("the request ends within a message");
    if (!this.#streamsUp) {
      if (this.#received === 0) {
        throw wrongCount(`${this.method.name} has one request, and none came`);
      }
      const single = this.#single;
      this.#single = undefined;
      if (single !== undefined) this.handler?.message(single);
      if (this.idle) return;
    }
    this.#halfClosed = true;
    this.handler?.halfClose();
  }

  protected override release(): void {
    this.#reader.stop();
    this.#envelopes.drop();
    this.#single = undefined;
  }
}
