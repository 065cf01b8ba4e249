import type { SignalResponse } from "@parley/contract";
import { Server } from "../../server/src/server.ts";
import { LogBook } from "../contract/stage/log-book.ts";
import { configOf } from "../contract/stage/stage.ts";
import { type RawRequest, type RawResponse, rawRequest } from "../wire/raw-request.ts";

/** What a request answers with, its body read as JSON. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined if the body is empty. */
  readonly json: unknown;
}

/** The `Welcome` of a join, as JSON has it. */
export interface JsonWelcome {
  readonly welcome: {
    readonly sessionToken: string;
    readonly resumed?: boolean;
    readonly rosterVersion: number;
    readonly you: { readonly peerId: string };
    readonly peers?: readonly { readonly peerId: string }[];
  };
}

/** A service, and requests of its REST door. */
export class RestService implements AsyncDisposable {
  readonly #server: Server;
  readonly url: string;

  private constructor(server: Server, url: string) {
    this.#server = server;
    this.url = url;
  }

  static async start(...flags: string[]): Promise<RestService> {
    const server = new Server(await configOf(flags), { logger: new LogBook() });
    const { url } = await server.start();
    return new RestService(server, url);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#server.close(0);
  }

  counts() {
    return this.#server.counts();
  }

  async ask(method: string, path: string, request: AskOptions = {}): Promise<Answer> {
    const { http = 1, token, json, headers = {} } = request;
    const raw: RawRequest = {
      method,
      path,
      headers: {
        ...(json === undefined ? {} : { "content-type": "application/json" }),
        ...(token === undefined ? {} : { "parley-session": token }),
        ...headers,
      },
      ...(json === undefined ? {} : { body: typeof json === "string" ? json : JSON.stringify(json) }),
    };
    return answerOf(await rawRequest(this.url, http, raw));
  }

  /** Joins; resolves with the session token. */
  async join(room: string, peerId: string): Promise<string> {
    const { json } = await this.ask("POST", `/v1/rooms/${room}/peers`, { json: { peerId } });
    return (json as JsonWelcome).welcome.sessionToken;
  }

  /** What a poll answers with. */
  async poll(path: string, token: string): Promise<Partial<SignalResponse>[]> {
    const { json } = await this.ask("GET", path, { token });
    return (json as { responses: Partial<SignalResponse>[] }).responses;
  }
}

export interface AskOptions {
  readonly http?: 1 | 2;
  /** The session token. */
  readonly token?: string;
  /** The body; a string is sent as it is. */
  readonly json?: unknown;
  readonly headers?: Record<string, string>;
}

function answerOf({ status, headers, body }: RawResponse): Answer {
  return { status, headers, json: body.byteLength === 0 ? undefined : JSON.parse(body.toString()) };
}
