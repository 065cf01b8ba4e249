import { fromJson, fromJsonString, type JsonValue, toBinary } from "@bufbuild/protobuf";
import type { ConnectError } from "@connectrpc/connect";
import {
  Reason,
  SendSignalsResponseSchema,
  type SignalResponse,
  SignalResponseSchema,
} from "@parley/contract";
import { parleyError, reasonOfError } from "../../server/src/errors/parley-error.ts";
import type { SessionContext } from "../../server/src/session/session-context.ts";
import { type Listening, listenAsk, type Start } from "../contract/ways/rest-asks.ts";
import type { RestAsk } from "../contract/ways/rest-client.ts";
import type { ModelCall } from "./model-call.ts";
import { errorOfProblem, RestExchange } from "./rest-exchange.ts";

/** One request that listens, without a network: a poll, or a stream of events. */
export class RestCall implements ModelCall {
  readonly polls: boolean;
  readonly down: Uint8Array[] = [];
  error: ConnectError | undefined;
  #body = "";
  #read = false;
  readonly #exchange: RestExchange;

  constructor(sessions: SessionContext, start: Start, listening: Listening) {
    this.polls = listening === "poll";
    this.#exchange = new RestExchange(sessions, listenAsk(start, listening), (text) => {
      this.#body += text;
      if (!this.polls && !this.#body.startsWith("{")) this.#readEvents();
    });
    this.#finish();
  }

  get ended(): boolean {
    this.#finish();
    return this.#exchange.ended;
  }

  get blocked(): boolean {
    return this.#exchange.blocked;
  }

  set blocked(blocked: boolean) {
    this.#exchange.blocked = blocked;
  }

  /** Nothing more is said on it: signals are requests of their own. */
  arrive(): void {}

  unblock(): void {
    this.#exchange.unblock();
  }

  cut(): void {
    this.#read = true;
    this.down.length = 0;
    this.#exchange.cut();
  }

  #readEvents(): void {
    const blocks = this.#body.split("\n\n");
    this.#body = blocks.pop() ?? "";
    for (const block of blocks) {
      const data = /^data: (.*)$/m.exec(block)?.[1] ?? "";
      const response = fromJsonString(SignalResponseSchema, data);
      if (response.body.case !== "closed") this.#push(response);
      else if (response.body.value.code !== 0) {
        this.error = parleyError(response.body.value.reason, response.body.value.message);
      }
    }
  }

  /** Reads what only a whole answer says: that of a poll, and an error. */
  #finish(): void {
    if (!this.#exchange.ended || this.#read) return;
    this.#read = true;
    if (this.#exchange.status >= 400) this.error = errorOfProblem(this.#body);
    else if (this.polls) {
      const json = JSON.parse(this.#body) as { responses?: JsonValue[] };
      for (const response of json.responses ?? [json]) {
        this.#push(fromJson(SignalResponseSchema, response as JsonValue));
      }
    }
  }

  #push(response: SignalResponse): void {
    this.down.push(toBinary(SignalResponseSchema, response));
  }
}

/** One request that sends, without a network. */
export class RestSend implements Pick<ModelCall, "ended" | "down" | "error"> {
  readonly #exchange: RestExchange;
  #body = "";

  constructor(sessions: SessionContext, ask: RestAsk) {
    this.#exchange = new RestExchange(sessions, ask, (text) => {
      this.#body += text;
    });
  }

  get ended(): boolean {
    return this.#exchange.ended;
  }

  /** The answer, as `SendSignals` has it. A leave is answered by its status alone. */
  get down(): Uint8Array[] {
    if (this.#exchange.status !== 200) return [];
    return [toBinary(SendSignalsResponseSchema, fromJsonString(SendSignalsResponseSchema, this.#body))];
  }

  /** Why nothing of it was taken. The update of a `PUT` that is rejected was taken, and need not be sent again. */
  get error(): ConnectError | undefined {
    if (this.#exchange.status < 400) return undefined;
    const error = errorOfProblem(this.#body);
    const rejected = this.#exchange.method === "PUT" && reasonOfError(error) === Reason.RATE_LIMITED;
    return rejected ? undefined : error;
  }
}
