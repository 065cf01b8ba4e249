import type { DescMethod } from "@bufbuild/protobuf";
import { Code, type ConnectError } from "@connectrpc/connect";
import { Reason } from "@parley/contract";
import { parleyError } from "../../server/src/errors/parley-error.ts";
import type { Call, CallHandler, Route } from "../../server/src/rpc/call.ts";
import { echoMethods, encodeEcho, textOfEcho } from "./echo-service.ts";

/** What a handler received, and how its call ended. */
export interface Heard {
  readonly call: Call;
  readonly method: DescMethod;
  readonly events: string[];
  readonly closed: Promise<ConnectError | undefined>;
}

/**
 * Answers what it receives, and obeys what it is asked: "fail", "throw", "break", "end", "never". Each call
 * it serves is reported to the test.
 */
export function echoRoutes(heard: (call: Heard) => void = () => {}): Route[] {
  return Object.values(echoMethods).map((method) => ({
    method,
    open: (call) => new EchoHandler(call, heard),
  }));
}

class EchoHandler implements CallHandler {
  readonly #call: Call;
  readonly #events: string[] = [];
  readonly #closed = Promise.withResolvers<ConnectError | undefined>();
  readonly #texts: string[] = [];
  #over = false;

  constructor(call: Call, heard: (call: Heard) => void) {
    this.#call = call;
    heard({ call, method: call.method, events: this.#events, closed: this.#closed.promise });
    const wish = call.requestHeader.get("x-wish");
    if (wish === "refuse") throw parleyError(Reason.ROOM_FULL, "refused at the door");
    const echo = call.requestHeader.get("x-echo");
    if (echo !== null) {
      call.responseHeader.set("x-header", echo);
      call.responseTrailer.set("x-trailer", echo);
    }
  }

  message(bytes: Uint8Array): void {
    const text = textOfEcho(bytes);
    this.#tell(`message ${text.slice(0, 20)}`);
    this.#texts.push(text);
    if (text === "throw") throw new TypeError("a secret of the server");
    if (text === "fail") this.#call.end(parleyError(Reason.ROOM_FULL, "no room, ünfortunately"));
    else if (text === "end") this.#call.end();
    else if (text !== "never" && this.#streamsDown) this.#answer(text);
  }

  #answer(text: string): void {
    const times = Number(/^(\d+) times/.exec(text)?.[1] ?? 1);
    for (let index = 0; index < times; index++) this.#call.write(encodeEcho(text));
  }

  halfClose(): void {
    this.#tell("halfClose");
    if (this.#texts.includes("never")) return;
    if (!this.#streamsDown) this.#call.write(encodeEcho(this.#texts.join()));
    this.#call.end();
  }

  drain(): void {
    this.#tell("drain");
  }

  closed(error?: ConnectError): void {
    this.#tell(`closed ${error === undefined ? "OK" : Code[error.code]}`);
    this.#over = true;
    this.#closed.resolve(error);
  }

  get #streamsDown(): boolean {
    const { methodKind } = this.#call.method;
    return methodKind === "bidi_streaming" || methodKind === "server_streaming";
  }

  #tell(event: string): void {
    this.#events.push(this.#over ? `${event} AFTER THE END` : event);
  }
}
