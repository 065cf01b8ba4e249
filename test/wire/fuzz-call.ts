import { createRegistry } from "@bufbuild/protobuf";
import { Code, type ConnectError } from "@connectrpc/connect";
import { trailerParse } from "@connectrpc/connect/protocol-grpc-web";
import type { Call, CallHandler, Route } from "../../server/src/rpc/call.ts";
import { faultError } from "../../server/src/rpc/call-error.ts";
import { Dispatcher } from "../../server/src/wire/dispatcher.ts";
import { Flusher } from "../../server/src/wire/flusher.ts";
import { createCallBacklog } from "../../server/src/wire/stream-call.ts";
import { FakeClock } from "../kit/fake-clock.ts";
import type { FakeExchange } from "./fake-exchange.ts";
import { envelopesOf } from "./raw-request.ts";

/** A dispatcher without sockets, and what went wrong in it that no client was to learn. */
export class FuzzWire {
  readonly clock = new FakeClock();
  readonly errors: unknown[] = [];
  readonly #dispatcher: Dispatcher;

  constructor(routes: readonly Route[], messageBytes: number, headBytes = 1024) {
    this.#dispatcher = new Dispatcher(
      routes,
      {
        messageBytes,
        headBytes,
        compressMinBytes: undefined,
        clock: this.clock,
        flusher: new Flusher(),
        backlog: createCallBacklog(),
        faultError,
        onError: (error) => this.errors.push(error),
      },
      10_000,
      createRegistry(...new Set(routes.map(({ method }) => method.parent.file))),
    );
  }

  /** Begins the request. */
  begin(exchange: FakeExchange): void {
    if (!this.#dispatcher.dispatch(exchange)) throw new Error("this is no RPC");
  }

  /** Begins the request, and gives it its body. */
  async run(exchange: FakeExchange, chunks: readonly Buffer[], cutAfter = Number.POSITIVE_INFINITY) {
    this.begin(exchange);
    let given = 0;
    for (const chunk of chunks) {
      while (exchange.paused && !exchange.ended) await turn();
      if (given++ === cutAfter) return exchange.cut();
      exchange.data(chunk);
    }
    while (exchange.paused && !exchange.ended) await turn();
    exchange.dataEnd();
    await turn();
  }
}

/** One turn of the event loop: what was queued is written, and what was paused goes on. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Keeps what it receives, and fails if the wire breaks its promises. */
export class FuzzHandler implements CallHandler {
  readonly call: Call;
  readonly messages: Buffer[] = [];
  readonly #answer: Uint8Array;
  readonly #pauses: boolean;
  #halfClosed = false;
  #paused = false;
  closedTimes = 0;
  error: ConnectError | undefined;

  constructor(call: Call, answer: Uint8Array, pauses: boolean) {
    this.call = call;
    this.#answer = answer;
    this.#pauses = pauses;
  }

  message(bytes: Uint8Array): void {
    if (this.#halfClosed) throw new Error("a message after the half-close");
    if (this.closedTimes > 0) throw new Error("a message after the end");
    if (this.#paused) throw new Error("a message behind a pause");
    this.messages.push(Buffer.from(bytes));
    if (this.call.method.methodKind === "bidi_streaming") this.call.write(this.#answer);
    if (!this.#pauses) return;
    this.#paused = true;
    this.call.pause();
    setImmediate(() => {
      this.#paused = false;
      this.call.resume();
    });
  }

  halfClose(): void {
    if (this.#halfClosed || this.closedTimes > 0) throw new Error("a half-close too many");
    this.#halfClosed = true;
    if (this.call.method.methodKind !== "bidi_streaming") this.call.write(this.#answer);
    this.call.end();
  }

  drain(): void {}

  closed(error?: ConnectError): void {
    this.closedTimes++;
    this.error = error;
  }
}

/** How a response ended: undefined is OK. Throws if it does not end as its protocol has it. */
export function endOf(exchange: FakeExchange): Code | undefined {
  const { status, responseHeaders, trailers } = exchange;
  const contentType = String(responseHeaders["content-type"]);
  if (!exchange.ended) throw new Error("the response has no end");
  if (contentType === "application/json" || contentType === "application/proto") {
    return status === 200 ? undefined : connectCode(JSON.parse(exchange.body.toString()));
  }
  if (status !== 200) throw new Error(`HTTP ${status}`);
  if (contentType.startsWith("application/grpc-web")) {
    const body = contentType.includes("-text") ? fromBase64(exchange.body) : exchange.body;
    const last = envelopesOf(body).at(-1);
    if (last?.flags !== 128) throw new Error("no trailers");
    return grpcCode(trailerParse(last.bytes).get("grpc-status"));
  }
  if (contentType.startsWith("application/grpc")) {
    return grpcCode((trailers ?? responseHeaders)["grpc-status"]);
  }
  const last = envelopesOf(exchange.body).at(-1);
  if (last?.flags !== 2) throw new Error("no end of the stream");
  const { error } = JSON.parse(last.bytes.toString());
  return error === undefined ? undefined : connectCode(error);
}

/** The bytes of base64 whose pieces were encoded each by itself. */
export function fromBase64(text: Buffer): Buffer {
  const pieces = text.toString("latin1").match(/[^=]+=*/g) ?? [];
  return Buffer.concat(pieces.map((piece) => Buffer.from(piece, "base64")));
}

function grpcCode(status: unknown): Code | undefined {
  const code = Number(status);
  if (typeof status !== "string" || !(code in Code || code === 0)) throw new Error(`grpc-status ${status}`);
  return code === 0 ? undefined : code;
}

function connectCode({ code }: { readonly code: unknown }): Code {
  const known: Record<string, Code> = {
    invalid_argument: Code.InvalidArgument,
    resource_exhausted: Code.ResourceExhausted,
    unimplemented: Code.Unimplemented,
    internal: Code.Internal,
    deadline_exceeded: Code.DeadlineExceeded,
    failed_precondition: Code.FailedPrecondition,
    unauthenticated: Code.Unauthenticated,
    not_found: Code.NotFound,
  };
  const found = typeof code === "string" ? known[code] : undefined;
  if (found === undefined) throw new Error(`the code ${code}`);
  return found;
}
