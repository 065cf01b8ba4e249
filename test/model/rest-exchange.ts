import type { IncomingHttpHeaders } from "node:http";
import { createRegistry } from "@bufbuild/protobuf";
import type { ConnectError } from "@connectrpc/connect";
import { reasonOf, SignalingService } from "@parley/contract";
import { RestDoor } from "../../server/src/doors/rest/rest-door.ts";
import { parleyError } from "../../server/src/errors/parley-error.ts";
import { faultError } from "../../server/src/rpc/call-error.ts";
import { salvageBatch } from "../../server/src/rpc/json-salvage.ts";
import { openReceive } from "../../server/src/rpc/receive.ts";
import { openSendSignals } from "../../server/src/rpc/send-signals.ts";
import type { SessionContext } from "../../server/src/session/session-context.ts";
import { type Flushable, Flusher } from "../../server/src/wire/flusher.ts";
import type { ExchangeListener, HttpExchange } from "../../server/src/wire/http-exchange.ts";
import { JsonCodec } from "../../server/src/wire/json-codec.ts";
import { createCallBacklog } from "../../server/src/wire/stream-call.ts";
import type { RestAsk } from "../contract/ways/rest-client.ts";
import { FakeClock } from "../kit/fake-clock.ts";

/** Writes at once: here nothing comes in bursts. */
class PromptFlusher extends Flusher {
  override add(one: Flushable): void {
    one.flush();
  }
}

const doors = new WeakMap<SessionContext, RestDoor>();

/** The door of a node. */
function doorOf(sessions: SessionContext): RestDoor {
  const known = doors.get(sessions);
  if (known !== undefined) return known;
  const { settings, timers, onError } = sessions;
  const { receive, sendSignals } = SignalingService.method;
  const registry = createRegistry(SignalingService.file);
  const salvage = salvageBatch(settings.batchSignals);
  const door = new RestDoor({
    receive: openReceive(sessions),
    sendSignals: openSendSignals(sessions),
    codecs: {
      receive: new JsonCodec({ method: receive }, registry, Number.POSITIVE_INFINITY),
      sendSignals: new JsonCodec({ method: sendSignals, salvage }, registry, Number.POSITIVE_INFINITY),
    },
    wire: {
      messageBytes: settings.messageBytes,
      headBytes: settings.firstMessageBytes,
      compressMinBytes: undefined,
      // For deadlines, which requests of this door have none of.
      clock: new FakeClock(),
      flusher: new PromptFlusher(),
      backlog: createCallBacklog(),
      faultError,
      onError,
    },
    timers,
    openApi: "",
  });
  doors.set(sessions, door);
  return door;
}

/** One request of the REST door without a network. The client sees its answer as it is written. */
export class RestExchange implements HttpExchange {
  readonly httpVersion = 1;
  readonly method: string;
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  status = 0;
  ended = false;
  /** While true, the client's window is shut. */
  blocked = false;
  #listener: ExchangeListener | undefined;
  readonly #written: (text: string) => void;

  /** @param written is given what the body of the answer goes on with. */
  constructor(sessions: SessionContext, ask: RestAsk, written: (text: string) => void) {
    this.method = ask.method;
    this.target = ask.path;
    this.headers = ask.headers;
    this.#written = written;
    doorOf(sessions).serve(this, undefined);
    if (typeof ask.body === "string") this.#listener?.data(Buffer.from(ask.body));
    this.#listener?.dataEnd();
  }

  listen(listener: ExchangeListener): void {
    this.#listener = listener;
  }

  pause(): void {}

  resume(): void {}

  head(status: number): void {
    this.status = status;
  }

  write(text: string): boolean {
    if (!this.ended) this.#written(Buffer.from(text, "latin1").toString());
    return !this.blocked;
  }

  end(text = ""): void {
    this.write(text);
    this.ended = true;
    this.#gone();
  }

  abort(): void {
    throw new Error(`the answer to ${this.method} ${this.target} breaks off`);
  }

  unblock(): void {
    if (!this.blocked) return;
    this.blocked = false;
    this.#listener?.drain();
  }

  /** The connection is gone. */
  cut(): void {
    this.ended = true;
    this.#gone();
  }

  #gone(): void {
    const listener = this.#listener;
    this.#listener = undefined;
    listener?.gone();
  }
}

/** What an answer says that is an error. */
export function errorOfProblem(text: string): ConnectError {
  const { reason, detail } = JSON.parse(text) as { reason: string; detail: string };
  return parleyError(reasonOf(reason), detail);
}
