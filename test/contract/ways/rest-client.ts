import { request as httpRequest, type IncomingMessage } from "node:http";
import { connect } from "node:http2";
import { request as httpsRequest } from "node:https";

/** A request of the REST door. */
export interface RestAsk {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined if there is none; null if it never comes, although it is announced. */
  readonly body: string | undefined | null;
}

/** What comes back: rejects if the connection is lost. */
export interface RestAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly chunks: AsyncIterable<Uint8Array>;
}

export interface RestExchange {
  readonly answer: Promise<RestAnswer>;
  cut(): void;
}

/** Asks over a connection of its own. */
export type AskRest = (url: string, ask: RestAsk) => RestExchange;

/** Over HTTP/1.1. @param ca of a service over TLS */
export const askHttp1 =
  (ca?: string): AskRest =>
  (url, { method, path, headers, body }) => {
    const options = { method, headers, agent: false as const };
    const request =
      ca === undefined ? httpRequest(url + path, options) : httpsRequest(url + path, { ...options, ca });
    const answer = new Promise<RestAnswer>((resolve, reject) => {
      request.on("error", reject);
      request.on("response", (response: IncomingMessage) =>
        resolve({
          status: response.statusCode ?? 0,
          contentType: String(response.headers["content-type"]),
          chunks: response,
        }),
      );
    });
    if (body === null) request.flushHeaders();
    else request.end(body);
    return { answer, cut: () => request.destroy() };
  };

/** Over HTTP/2. @param ca of a service over TLS */
export const askHttp2 =
  (ca?: string): AskRest =>
  (url, { method, path, headers, body }) => {
    const session = connect(url, ca === undefined ? {} : { ca });
    const stream = session.request(
      { ":method": method, ":path": path, ...headers },
      { endStream: body === undefined },
    );
    const answer = new Promise<RestAnswer>((resolve, reject) => {
      session.on("error", reject);
      stream.on("error", reject);
      stream.on("close", () => session.close());
      stream.on("response", (received) =>
        resolve({
          status: Number(received[":status"]),
          contentType: String(received["content-type"]),
          chunks: stream,
        }),
      );
    });
    if (typeof body === "string") stream.end(body);
    return { answer, cut: () => session.destroy() };
  };
