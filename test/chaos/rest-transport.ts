import { fromJsonString, type JsonValue, toBinary } from "@bufbuild/protobuf";
import { SendSignalsResponseSchema, SignalResponseSchema } from "@parley/contract";
import { decode, SendSignalsResponse, type SignalRequest, SignalResponse } from "@parley/contract/plain";
import type { SessionTransport } from "../../client-web/src/index.ts";
import type {
  BatchAnswer,
  SessionStart,
  SessionStream,
  StreamInit,
} from "../../client-web/src/session/session-transport.ts";
import {
  clientError,
  errorOf,
  type SignalingError,
  type SignalingErrorInit,
  serviceError,
} from "../../client-web/src/signaling-error.ts";
import { readEvents } from "../contract/ways/event-reader.ts";
import { textOf } from "../contract/ways/rest.ts";
import { type Listening, listenAsk, sendAsks } from "../contract/ways/rest-asks.ts";
import { askHttp1, type RestAnswer, type RestAsk, type RestExchange } from "../contract/ways/rest-client.ts";
import { errorOfClosed } from "./closed-error.ts";

// Each request has a connection of its own, and so may reach another node.
const askRest = askHttp1();

/** A session over plain requests. Each time that it begins to listen it polls or reads events, as chance decides. */
export function restTransport(url: string, random: () => number): SessionTransport {
  return {
    answersHeartbeats: true,
    open: (init) => new RestSessionStream(url, init, random() < 0.5 ? "poll" : "events"),
    async sendLast(token, batch, accessToken) {
      for (const ask of sendAsks(token, batch, accessToken)) await textOf(await askRest(url, ask).answer);
    },
  };
}

class RestSessionStream implements SessionStream {
  readonly #url: string;
  readonly #init: StreamInit;
  /** What is under way. */
  readonly #exchanges = new Set<RestExchange>();
  #token: string;
  #over = false;

  constructor(url: string, init: StreamInit, listening: Listening) {
    this.#url = url;
    this.#init = init;
    this.#token = init.start.case === "resume" ? init.start.value.sessionToken : "";
    // After the constructor, so that nothing is reported before there is a stream.
    queueMicrotask(() => {
      const received = listening === "poll" ? this.#poll() : this.#readEvents();
      received.then(
        (error) => this.#end(error),
        (thrown: unknown) => this.#end(errorOf(thrown)),
      );
    });
  }

  async send(batch: readonly SignalRequest[], signal: AbortSignal): Promise<BatchAnswer> {
    let answer: BatchAnswer = { ack: 0, rejected: [] };
    for (const ask of sendAsks(this.#token, batch, this.#init.accessToken)) {
      answer = await this.#ask(ask, batchAnswerOf, signal);
    }
    return answer;
  }

  close(): void {
    this.#over = true;
    for (const exchange of this.#exchanges) exchange.cut();
  }

  #end(error: SignalingError | undefined): void {
    if (this.#over) return;
    this.close();
    this.#init.end(error);
  }

  async #readEvents(): Promise<SignalingError | undefined> {
    const { start, accessToken } = this.#init;
    return this.#ask(listenAsk(start, "events", accessToken), async ({ chunks }) => {
      for await (const { data } of readEvents(chunks)) {
        const response = responseOf(data);
        if (response.body.case === "closed") return errorOfClosed(response.body.value);
        this.#take(response);
      }
      return clientError("NETWORK", "the events ended without the last one");
    });
  }

  async #poll(): Promise<undefined> {
    let { start }: { start: SessionStart } = this.#init;
    while (!this.#over) {
      if (start.case === "resume") this.#init.held();
      const responses = await this.#ask(listenAsk(start, "poll", this.#init.accessToken), responsesOf);
      for (const response of responses) this.#take(response);
      start = { case: "resume", value: this.#init.resume() };
    }
  }

  #take(response: SignalResponse): void {
    if (this.#over) return;
    if (response.body.case === "welcome") this.#token = response.body.value.sessionToken;
    this.#init.response(response);
  }

  /** Asks, and reads the answer. Rejects with a `SignalingError`. */
  async #ask<T>(ask: RestAsk, read: (answer: RestAnswer) => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (this.#over) throw clientError("NETWORK", "the stream is closed");
    const exchange = askRest(this.#url, ask);
    const abort = () => exchange.cut();
    this.#exchanges.add(exchange);
    signal?.addEventListener("abort", abort, { once: true });
    try {
      const answer = await exchange.answer;
      if (answer.status >= 400) throw problemOf(await textOf(answer));
      return await read(answer);
    } catch (thrown) {
      throw errorOf(thrown);
    } finally {
      signal?.removeEventListener("abort", abort);
      this.#exchanges.delete(exchange);
      exchange.cut();
    }
  }
}

async function batchAnswerOf(answer: RestAnswer): Promise<BatchAnswer> {
  const text = await textOf(answer);
  // A leave is answered by its status alone.
  if (answer.status === 204) return { ack: 0, rejected: [] };
  const message = fromJsonString(SendSignalsResponseSchema, text);
  return decode(SendSignalsResponse, toBinary(SendSignalsResponseSchema, message));
}

/** The answer to a join is a `Welcome`, and the one to a poll a list. */
async function responsesOf(answer: RestAnswer): Promise<SignalResponse[]> {
  const json = JSON.parse(await textOf(answer)) as { responses?: JsonValue[] };
  const responses = json.responses ?? [json];
  if (responses.length === 0) throw clientError("NETWORK", "a poll was answered with nothing");
  return responses.map((response) => responseOf(JSON.stringify(response)));
}

function responseOf(json: string): SignalResponse {
  return decode(SignalResponse, toBinary(SignalResponseSchema, fromJsonString(SignalResponseSchema, json)));
}

function problemOf(text: string): SignalingError {
  const problem = JSON.parse(text) as { reason: string; detail: string } & SignalingErrorInit;
  const { reason, detail, retry, retryAfterMs } = problem;
  return serviceError(reason, detail, { retry, retryAfterMs });
}
