import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";
import type { Caller } from "../admission/caller.ts";
import type { CutCause } from "../net/cut-cause.ts";
import type { ByteString } from "./byte-string.ts";

/** What the two versions of HTTP report about one request. Nothing is reported before `HttpExchange.listen`. */
export interface ExchangeListener {
  /** A piece of the request's body. */
  data(chunk: Buffer): void;
  /** The request's body is complete. */
  dataEnd(): void;
  /** More may be written, after `HttpExchange.write` returned false. */
  drain(): void;
  /** The stream or its connection is gone, complete or not. Called once, and last. */
  gone(): void;
}

/** One HTTP request and its response: what a call needs of HTTP/1.1 and of HTTP/2, and no more. */
export interface HttpExchange {
  readonly httpVersion: 1 | 2;
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  /** Let go of by `head`: a stream that waits for days would keep what its browser said of itself. */
  readonly headers: IncomingHttpHeaders;
  /** Who makes the request. Ask before `head`: its headers may name a client behind a proxy. */
  readonly caller?: Caller;
  /** Why this node broke it off; undefined if its client did. */
  readonly cause?: CutCause | undefined;
  /** The connection has proved itself. */
  prove?(): void;

  /** Begins to read the body. Once. */
  listen(listener: ExchangeListener): void;
  pause(): void;
  resume(): void;

  /**
   * Sets status and headers; they leave with the first `write`, or with `end`.
   * @param trailers whether `end` will bring any.
   */
  head(status: number, headers: OutgoingHttpHeaders, trailers?: boolean): void;
  /** False when the client does not keep up. */
  write(text: ByteString): boolean;
  /** Completes the response. What the client still sends is read and forgotten, or refused. */
  end(text?: ByteString, trailers?: OutgoingHttpHeaders): void;
  /** Watches what waits for the client, until it is taken or it is too late. */
  watch?(): void;
  /** Breaks the stream off, so that the client cannot take it for complete. */
  abort(): void;
}

/** The headers of a request whose response has begun. */
export const noHeaders: IncomingHttpHeaders = Object.freeze({});

/** What a proxy says of the clients for which it makes a request; undefined if it says nothing. */
export function forwardedFor(headers: IncomingHttpHeaders): string | undefined {
  const value = headers["x-forwarded-for"];
  return typeof value === "string" || value === undefined ? value : value.join(", ");
}

/** A request header, by its name in lower case; null if it is absent. */
export function headerOf({ headers }: HttpExchange, name: string): string | null {
  const value = headers[name];
  if (value === undefined) return null;
  return typeof value === "string" ? value : value.join(", ");
}
