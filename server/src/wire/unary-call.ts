import type { OutgoingHttpHeaders } from "node:http";
import { base64Decode } from "@bufbuild/protobuf/wire";
import type { ConnectError } from "@connectrpc/connect";
import { compressionNegotiate, mergeNonProtocolHeaders } from "@connectrpc/connect/protocol";
import {
  codeToHttpStatus,
  contentTypeUnaryJson,
  contentTypeUnaryProto,
  errorToJsonBytes,
  headerProtocolVersion,
  headerTimeout,
  headerUnaryAcceptEncoding,
  headerUnaryEncoding,
  parseTimeout,
  protocolVersion,
} from "@connectrpc/connect/protocol-connect";
import { type ByteString, byteString } from "./byte-string.ts";
import type { Flushable } from "./flusher.ts";
import { grown } from "./growing-buffer.ts";
import { deflate, encodings } from "./gzip.ts";
import { addHeaders } from "./headers.ts";
import { headerOf } from "./http-exchange.ts";
import { WireCall } from "./wire-call.ts";
import { encodingFault, headerFault, internal, malformed, tooLarge, WireFault } from "./wire-error.ts";

const none = new Uint8Array(0);
const timeoutName = headerTimeout.toLowerCase();
const encodingName = headerUnaryEncoding.toLowerCase();
const acceptEncodingName = headerUnaryAcceptEncoding.toLowerCase();
const versionName = headerProtocolVersion.toLowerCase();

/** A unary call of Connect (connectrpc.com/docs/protocol): the bodies are the messages, without envelopes. */
export class UnaryCall extends WireCall implements Flushable {
  readonly protocol = "connect";
  /** The body: its only chunk, or a copy of several. A chunk may lie in a buffer much larger than itself. */
  #body: Uint8Array = none;
  #bytes = 0;
  #inflates = false;
  #deflates = false;
  #tellEncodings = false;
  #request: Uint8Array | undefined;
  #complete = false;
  #halfClosed = false;
  #response: Uint8Array | undefined;
  /** What is left to write when the call has ended. */
  #responseBody: ByteString | undefined;

  /** Begins a call by POST: the message is the body. */
  beginPost(): void {
    const { exchange } = this;
    const version = headerOf(exchange, versionName);
    const length = Number(headerOf(exchange, "content-length") ?? 0);
    const error =
      (version === null ? undefined : this.#checkVersion(version, protocolVersion)) ??
      this.#negotiate(headerOf(exchange, encodingName)) ??
      (length > this.messageLimit ? tooLarge(this.messageLimit, "the body") : undefined);
    this.#begin(error);
  }

  /** Begins a call by GET: the message is in the query. */
  beginGet(query: URLSearchParams): void {
    const version = query.get("connect");
    let error: WireFault | undefined =
      (version === null ? undefined : this.#checkVersion(version, `v${protocolVersion}`)) ??
      this.#negotiate(query.get("compression"));
    try {
      if (error === undefined) this.#receive(messageOf(query));
    } catch (thrown) {
      if (!(thrown instanceof WireFault)) throw thrown;
      error = thrown;
    }
    this.#begin(error);
  }

  #begin(error: WireFault | undefined): void {
    const timeout = parseTimeout(headerOf(this.exchange, timeoutName), Number.MAX_SAFE_INTEGER);
    this.open(timeout.timeoutMs, error ?? (timeout.error && headerFault(timeout.error)));
  }

  #checkVersion(version: string, known: string): WireFault | undefined {
    if (version === known) return undefined;
    return new WireFault("header", `Connect ${version} is not spoken here, but ${known}`);
  }

  #negotiate(requested: string | null): WireFault | undefined {
    const mayDeflate = this.endpoint.context.compressMinBytes !== undefined;
    if (requested === null && !mayDeflate) return undefined;
    const accepted = headerOf(this.exchange, acceptEncodingName);
    const outcome = compressionNegotiate(encodings, requested, accepted, acceptEncodingName);
    this.#inflates = outcome.request !== null;
    this.#deflates = outcome.response !== null && mayDeflate;
    this.#tellEncodings = outcome.error !== undefined;
    return outcome.error && encodingFault(outcome.error);
  }

  data(chunk: Buffer): void {
    if (this.ended) return;
    try {
      this.#receive(chunk);
    } catch (thrown) {
      this.fail(thrown);
    }
  }

  #receive(chunk: Uint8Array): void {
    const limit = this.messageLimit;
    const filled = this.#bytes;
    this.#bytes += chunk.byteLength;
    if (this.#bytes > limit) throw tooLarge(limit);
    if (filled === 0) this.#body = chunk;
    else {
      this.#body = grown(this.#body, filled, this.#bytes, limit);
      this.#body.set(chunk, filled);
    }
    const { headBytes } = this.endpoint.context;
    if (this.#bytes <= headBytes || filled > headBytes) return;
    // The message is long: its beginning says whether the rest is worth taking.
    this.vet(this.#body.subarray(0, this.#bytes), this.#inflates);
  }

  dataEnd(): void {
    if (this.ended || this.#complete) return;
    this.#complete = true;
    try {
      const body = this.#body.subarray(0, this.#bytes);
      this.#body = none;
      this.decode(body, this.#inflates);
    } catch (thrown) {
      this.fail(thrown);
    }
  }

  protected override take(message: Uint8Array): void {
    this.#request = message;
    this.#handOn();
  }

  #handOn(): void {
    if (this.idle || !this.#complete || this.#halfClosed) return;
    const message = this.#request;
    this.#request = undefined;
    if (message !== undefined) this.handler?.message(message);
    if (this.idle) return;
    this.#halfClosed = true;
    this.handler?.halfClose();
  }

  write(head: Uint8Array, rest?: Uint8Array): boolean {
    if (this.ended) return false;
    if (this.#response !== undefined) {
      this.fail(new Error(`${this.method.name} has one response, and its handler wrote a second`));
      return false;
    }
    this.#response = Buffer.concat(rest === undefined ? [head] : [head, rest]);
    return true;
  }

  protected override finish(error: ConnectError | undefined): void {
    if (error !== undefined) return this.#finishWithError(error);
    const { json } = this.endpoint;
    const binary = this.#response;
    let body: Uint8Array | undefined;
    try {
      if (binary === undefined)
        throw new Error(`the handler of ${this.method.name} ended without a response`);
      body = json === undefined ? binary : json.encode(binary);
    } catch (thrown) {
      this.endpoint.context.onError(thrown);
      return this.#finishWithError(this.endpoint.context.faultError(internal()));
    }
    this.#send(200, json === undefined ? contentTypeUnaryProto : contentTypeUnaryJson, body);
  }

  #finishWithError(error: ConnectError): void {
    if (!error.isWireError && !error.metadata.keys().next().done) {
      mergeNonProtocolHeaders(this.responseHeader, error.metadata);
    }
    this.#send(codeToHttpStatus(error.code), contentTypeUnaryJson, errorToJsonBytes(error, undefined));
  }

  #send(status: number, contentType: string, message: Uint8Array): void {
    const minBytes = this.endpoint.context.compressMinBytes ?? Number.POSITIVE_INFINITY;
    const deflates = this.#deflates && message.byteLength >= minBytes;
    const body = deflates ? deflate(message) : message;
    const headers: OutgoingHttpHeaders = {
      "content-type": contentType,
      "content-length": String(body.byteLength),
    };
    if (deflates) headers[encodingName] = "gzip";
    if (this.#tellEncodings) headers[acceptEncodingName] = "gzip";
    if (this.ownHeader !== undefined) addHeaders(headers, this.ownHeader);
    if (this.ownTrailer !== undefined) addHeaders(headers, this.ownTrailer, "trailer-");
    this.exchange.head(status, headers);
    this.#responseBody = byteString(body);
    this.endpoint.context.flusher.add(this, this.exchange.httpVersion);
  }

  flush(): void {
    const body = this.#responseBody;
    this.#responseBody = undefined;
    try {
      this.exchange.end(body);
    } catch (thrown) {
      this.abort(thrown);
    }
  }

  protected override resumed(): void {
    this.#handOn();
  }

  protected override release(): void {
    this.#body = none;
    this.#request = undefined;
    this.#response = undefined;
  }
}

/** The message of a GET, by the rule Query-Get of Connect's protocol. */
function messageOf(query: URLSearchParams): Uint8Array {
  const message = query.get("message");
  if (message === null) throw malformed("the query has no message");
  if (query.get("base64") !== "1") return Buffer.from(message);
  try {
    return base64Decode(message);
  } catch {
    throw malformed("the message of the query is not base64");
  }
}
