import type { DescMethod } from "@bufbuild/protobuf";
import { ConnectError } from "@connectrpc/connect";
import type { Caller } from "../admission/caller.ts";
import type { PacedQueue } from "../net/paced-queue.ts";
import type { Call, CallHandler, OpenCall } from "../rpc/call.ts";
import type { Clock } from "../time/clock.ts";
import type { Flusher } from "./flusher.ts";
import { inflatedBytes, inflateHead, inflateLater, inflateShort } from "./gzip.ts";
import { toHeaders } from "./headers.ts";
import { type ExchangeListener, type HttpExchange, noHeaders } from "./http-exchange.ts";
import { type JsonCodec, jsonPerBinary } from "./json-codec.ts";
import { cutOff, deadlinePassed, gone, internal, tooLarge, WireFault } from "./wire-error.ts";

/** What all calls share. */
export interface WireContext {
  /** The limit of one message, decompressed, in bytes. */
  readonly messageBytes: number;
  /** How much of a message is taken before `CallHandler.vet` has looked at it, in bytes. */
  readonly headBytes: number;
  /** From which size on a response is compressed, in bytes; never if it is absent. */
  readonly compressMinBytes: number | undefined;
  readonly clock: Clock;
  readonly flusher: Flusher;
  /** Where calls wait that have sent many messages. */
  readonly backlog: PacedQueue;
  /** The error that reports to a client what is wrong with its bytes. */
  readonly faultError: (fault: WireFault) => ConnectError;
  /** Called with what a handler threw that was meant for no client. */
  readonly onError: (error: unknown) => void;
}

/** A method in one codec, and who serves it. */
export interface Endpoint {
  readonly method: DescMethod;
  readonly open: OpenCall;
  /** Absent if the messages are binary. */
  readonly json: JsonCodec | undefined;
  readonly context: WireContext;
}

/** The longest that a timer of Node can wait, in milliseconds: 24 days. */
const longestTimeoutMs = 0x7fff_ffff;

/** What the calls of all protocols have in common: a handler, a deadline, and an end that comes once. */
export abstract class WireCall implements Call, ExchangeListener {
  abstract readonly protocol: Call["protocol"];
  protected readonly exchange: HttpExchange;
  protected readonly endpoint: Endpoint;
  #handler: CallHandler | undefined;
  #ended = false;
  #paused = false;
  #pausedByHandler = false;
  /** The wire's own reasons to read no further. */
  #holds = 0;
  #vetted = false;
  #resuming = false;
  #cancelDeadline: (() => void) | undefined;
  #requestHeader: Headers | undefined;
  #responseHeader: Headers | undefined;
  #responseTrailer: Headers | undefined;

  constructor(exchange: HttpExchange, endpoint: Endpoint) {
    this.exchange = exchange;
    this.endpoint = endpoint;
  }

  get caller(): Caller | undefined {
    return this.exchange.caller;
  }

  prove(): void {
    this.exchange.prove?.();
  }

  get authorization(): string | undefined {
    return this.exchange.headers.authorization;
  }

  get method(): DescMethod {
    return this.endpoint.method;
  }

  get ended(): boolean {
    return this.#ended;
  }

  get requestHeader(): Headers {
    if (this.#requestHeader === undefined) {
      const { headers } = this.exchange;
      // Empty would look like a request that says nothing of who sends it.
      if (headers === noHeaders) throw new Error("the headers of a request are gone: its response has begun");
      this.#requestHeader = toHeaders(headers);
    }
    return this.#requestHeader;
  }

  get responseHeader(): Headers {
    this.#responseHeader ??= new Headers();
    return this.#responseHeader;
  }

  get responseTrailer(): Headers {
    this.#responseTrailer ??= new Headers();
    return this.#responseTrailer;
  }

  /** Undefined if nobody asked for them. */
  protected get ownHeader(): Headers | undefined {
    return this.#responseHeader;
  }

  /** Undefined before the call is open and after it has ended. */
  protected get handler(): CallHandler | undefined {
    return this.#handler;
  }

  protected get ownTrailer(): Headers | undefined {
    return this.#responseTrailer;
  }

  /** Begins the call, unless something is wrong with it already. */
  open(timeoutMs: number | undefined, fault: WireFault | undefined): void {
    if (fault !== undefined) return this.end(this.#toError(fault));
    if (timeoutMs !== undefined) {
      if (timeoutMs <= 0) return this.end(this.#toError(deadlinePassed()));
      const delayMs = Math.min(timeoutMs, longestTimeoutMs);
      this.#cancelDeadline = this.endpoint.context.clock.after(delayMs, () => this.fail(deadlinePassed()));
    }
    try {
      this.#handler = this.endpoint.open(this);
    } catch (thrown) {
      return this.end(this.#toError(thrown));
    }
    if (this.#ended) this.#tellClosed(undefined);
    else this.exchange.listen(this);
  }

  end(error?: ConnectError): void {
    this.#conclude(error, undefined);
  }

  /** Ends the call by the wire's own will, or because the handler threw. */
  protected fail(thrown: unknown): void {
    if (this.#ended) return;
    const error = this.#toError(thrown);
    this.#conclude(error, error);
  }

  gone(): void {
    if (this.#ended) return;
    this.#over();
    const { cause } = this.exchange;
    this.#tellClosed(cause === undefined ? gone() : this.#toError(cutOff(cause)));
  }

  drain(): void {
    if (this.#ended) return;
    try {
      this.#handler?.drain();
    } catch (thrown) {
      this.fail(thrown);
    }
  }

  pause(): void {
    this.#pausedByHandler = true;
    this.#stop();
  }

  resume(): void {
    this.#pausedByHandler = false;
    if (this.#holds === 0) this.#goOnSoon();
  }

  /** Hands nothing on until `unhold`, whatever the handler asks for. */
  protected hold(): void {
    this.#holds++;
    this.#stop();
  }

  protected unhold(): void {
    this.#holds--;
    if (this.#holds === 0 && !this.#pausedByHandler) this.#goOnSoon();
  }

  #stop(): void {
    this.#resuming = false;
    if (this.#paused || this.#ended) return;
    this.#paused = true;
    this.exchange.pause();
    this.stopped();
  }

  #goOnSoon(): void {
    if (!this.#paused || this.#ended || this.#resuming) return;
    this.#resuming = true;
    // Not at once: the handler is in the middle of something.
    process.nextTick(goOn, this);
  }

  /** Called by `goOn` alone. */
  goOn(): void {
    if (!this.#resuming || this.#ended) return;
    this.#resuming = false;
    this.#paused = false;
    try {
      this.resumed();
    } catch (thrown) {
      return this.fail(thrown);
    }
    if (!this.idle) this.exchange.resume();
  }

  /** Whether nothing may be handed on: paused, or over. */
  protected get idle(): boolean {
    return this.#paused || this.#ended;
  }

  /** How long the next message may be as it comes, in bytes: JSON takes more of them than what it encodes. */
  get messageLimit(): number {
    return this.endpoint.json === undefined
      ? this.#binaryLimit
      : Math.floor(this.#binaryLimit * jsonPerBinary);
  }

  get #binaryLimit(): number {
    const { messageBytes } = this.endpoint.context;
    return Math.min(this.#handler?.messageBytes ?? messageBytes, messageBytes);
  }

  /** Lets the handler look at the beginning of a message, once in a call. Throws the error that ends it. */
  protected vet(bytes: Uint8Array, inflates: boolean): void {
    const handler = this.#handler;
    if (this.#vetted || handler?.vet === undefined) return;
    this.#vetted = true;
    const { json, context } = this.endpoint;
    const { headBytes } = context;
    const head = inflates ? inflateHead(bytes, headBytes) : bytes.subarray(0, headBytes);
    const error = handler.vet(head, json !== undefined);
    if (error !== undefined) throw error;
  }

  /** Makes a message of what came, and takes it: at once if that is quick, otherwise when it is inflated. */
  protected decode(bytes: Uint8Array, inflates: boolean): void {
    const { context } = this.endpoint;
    const limit = this.messageLimit;
    const headBytes = Math.min(context.headBytes, limit);
    if (!inflates) {
      if (bytes.byteLength > headBytes) this.vet(bytes, false);
      return this.#decodeInflated(bytes);
    }
    // The size that a message claims decides who inflates it, never whether it is refused.
    const claimsToBeShort = headBytes === limit || inflatedBytes(bytes) <= headBytes;
    const mayBeShort = bytes.byteLength <= headBytes && claimsToBeShort;
    const short = mayBeShort ? inflateShort(bytes, headBytes) : undefined;
    if (short !== undefined) return this.#decodeInflated(short);
    if (headBytes === limit) throw tooLarge(limit);
    this.vet(bytes, true);
    this.hold();
    inflateLater(bytes, limit, (outcome) => {
      if (this.#ended) return;
      try {
        if (outcome instanceof WireFault) throw outcome;
        this.#decodeInflated(outcome);
      } catch (thrown) {
        return this.fail(thrown);
      }
      this.unhold();
    });
  }

  #decodeInflated(bytes: Uint8Array): void {
    const { json } = this.endpoint;
    if (json === undefined) return this.take(bytes);
    const binary = json.decode(bytes);
    const limit = this.#binaryLimit;
    if (binary.byteLength > limit) throw tooLarge(limit);
    this.take(binary);
  }

  /** Takes a message, inflated and in binary. */
  protected abstract take(message: Uint8Array): void;
  /** Reading stops. */
  protected stopped(): void {}
  /** Hands on what lay behind a pause, until the next. */
  protected abstract resumed(): void;
  abstract write(head: Uint8Array, rest?: Uint8Array): boolean;
  abstract data(chunk: Buffer): void;
  abstract dataEnd(): void;
  /** Writes the end of the response, after what is queued. */
  protected abstract finish(error: ConnectError | undefined): void;
  /** Lets go of what is queued. */
  protected abstract release(): void;

  #conclude(error: ConnectError | undefined, told: ConnectError | undefined): void {
    if (this.#ended) return;
    this.#over();
    try {
      this.finish(error);
    } catch (thrown) {
      this.abort(thrown);
    }
    this.#tellClosed(told);
  }

  /** The end of the response could not be written: the client must not take it for complete. */
  protected abort(thrown: unknown): void {
    this.endpoint.context.onError(thrown);
    this.exchange.abort();
  }

  #over(): void {
    this.#ended = true;
    this.#cancelDeadline?.();
    this.#cancelDeadline = undefined;
  }

  #tellClosed(error: ConnectError | undefined): void {
    const handler = this.#handler;
    if (handler === undefined) return;
    this.#handler = undefined;
    this.release();
    try {
      handler.closed(error);
    } catch (thrown) {
      this.endpoint.context.onError(thrown);
    }
  }

  #toError(thrown: unknown): ConnectError {
    if (thrown instanceof ConnectError) return thrown;
    if (thrown instanceof WireFault) return this.endpoint.context.faultError(thrown);
    this.endpoint.context.onError(thrown);
    return this.endpoint.context.faultError(internal());
  }
}

function goOn(call: WireCall): void {
  call.goOn();
}
