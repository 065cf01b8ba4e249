import { type DescMethod, fromBinary, type MessageShape, toBinary } from "@bufbuild/protobuf";
import {
  Code,
  ConnectError,
  createHandlerContext,
  createMethodImplSpec,
  type MethodImpl,
  type MethodImplSpec,
} from "@connectrpc/connect";
import {
  createMethodUrl,
  createWritableIterable,
  transformInvokeImplementation,
} from "@connectrpc/connect/protocol";
import { Reason } from "@parley/contract";
import { parleyError } from "../errors/parley-error.ts";
import type { Timer, Timers } from "../time/timers.ts";
import type { Call, CallHandler, OpenCall } from "./call.ts";
import { faultError } from "./call-error.ts";

export interface TypedCallOptions {
  readonly timers: Timers;
  /** How long a handler waits for each request, in milliseconds; then the call ends with `FIRST_MESSAGE_TIMEOUT`. */
  readonly requestTimeoutMs: number;
  /** Receives what a handler threw that is not meant for the client. */
  readonly onError: (error: unknown) => void;
}

/**
 * Serves a method with a handler of the kind that Connect defines: messages instead of bytes, promises and async
 * generators instead of callbacks. Meant for RPCs off the path of a signal: it costs a few objects per message.
 */
export function openTyped<Method extends DescMethod>(
  method: Method,
  implementation: MethodImpl<Method>,
  options: TypedCallOptions,
): OpenCall {
  const spec = createMethodImplSpec(method, implementation);
  return (call) => new TypedCall(call, spec, options);
}

class TypedCall implements CallHandler {
  readonly #call: Call;
  readonly #spec: MethodImplSpec;
  readonly #options: TypedCallOptions;
  readonly #requests = createWritableIterable<MessageShape<DescMethod["input"]>>();
  readonly #abort: (reason: unknown) => void;
  #timer: Timer | undefined;
  #halfClosed = false;
  #drained: (() => void) | undefined;

  constructor(call: Call, spec: MethodImplSpec, options: TypedCallOptions) {
    this.#call = call;
    this.#spec = spec;
    this.#options = options;
    const { requestHeader, responseHeader, responseTrailer } = call;
    const context = createHandlerContext({
      service: spec.method.parent,
      method: spec.method,
      protocolName: call.protocol,
      requestMethod: "POST",
      url: createMethodUrl("/", spec.method),
      requestHeader,
    });
    this.#abort = context.abort;
    // The context copies the headers that it is given; these are the ones that are sent.
    const own = { ...context, responseHeader, responseTrailer };
    this.#awaitRequest();
    void this.#respond(transformInvokeImplementation(spec, own, [])(this.#requests));
  }

  message(bytes: Uint8Array): void {
    this.#options.timers.cancel(this.#timer);
    // The next request is read when the handler asks for it.
    this.#call.pause();
    const read = () => {
      this.#call.resume();
      this.#awaitRequest();
    };
    // Rejects if the handler has stopped reading: it is then about to end the call.
    this.#requests.write(this.#decode(bytes)).then(read, () => {});
  }

  #decode(bytes: Uint8Array): MessageShape<DescMethod["input"]> {
    const { input } = this.#spec.method;
    try {
      return fromBinary(input, bytes);
    } catch {
      throw faultError({ kind: "malformed", message: `not a ${input.name}` });
    }
  }

  halfClose(): void {
    this.#halfClosed = true;
    this.#options.timers.cancel(this.#timer);
    this.#requests.close();
  }

  drain(): void {
    this.#drained?.();
  }

  closed(error?: ConnectError): void {
    this.halfClose();
    this.#abort(error ?? new ConnectError("the call has ended", Code.Canceled));
    this.#drained?.();
  }

  async #respond(responses: AsyncIterable<MessageShape<DescMethod["output"]>>): Promise<void> {
    const call = this.#call;
    try {
      for await (const response of responses) {
        if (call.ended) return;
        if (!call.write(toBinary(this.#spec.method.output, response))) await this.#drain();
      }
      call.end();
    } catch (error) {
      if (call.ended) return;
      if (error instanceof ConnectError) return call.end(error);
      this.#options.onError(error);
      call.end(faultError({ kind: "internal", message: "internal error" }));
    }
  }

  #drain(): Promise<void> {
    return new Promise((resolve) => {
      this.#drained = resolve;
    });
  }

  #awaitRequest(): void {
    if (this.#halfClosed) return;
    const { timers, requestTimeoutMs } = this.#options;
    timers.cancel(this.#timer);
    this.#timer = timers.after(requestTimeoutMs, () => {
      this.#call.end(parleyError(Reason.FIRST_MESSAGE_TIMEOUT, "no request was received in time"));
    });
  }
}
