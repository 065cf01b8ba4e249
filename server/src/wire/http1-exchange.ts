import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { Cors } from "./cors.ts";
import type { Exchange, ExchangeListener } from "./exchange.ts";

/** A request on HTTP/1.1. */
export class Http1Exchange implements Exchange {
  readonly httpVersion = 1;
  readonly method: string;
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #cors: Cors;
  #head: { readonly status: number; readonly headers: OutgoingHttpHeaders } | undefined;

  constructor(request: IncomingMessage, response: ServerResponse, cors: Cors) {
    this.#request = request;
    this.#response = response;
    this.#cors = cors;
    this.headers = request.headers;
    this.method = request.method ?? "";
    this.target = request.url ?? "";
    // Both are told by "close" as well; without a listener they would end the process.
    request.on("error", ignore);
    response.on("error", ignore);
  }

  listen(listener: ExchangeListener): void {
    this.#response.on("close", () => listener.gone());
    this.#response.on("drain", () => listener.drain());
    this.#request.on("end", () => listener.dataEnd());
    this.#request.on("data", (chunk: Buffer) => listener.data(chunk));
  }

  pause(): void {
    this.#request.pause();
  }

  resume(): void {
    this.#request.resume();
  }

  head(status: number, headers: OutgoingHttpHeaders, trailers = false): void {
    const all = { ...headers };
    // Trailers stand behind the last chunk, even where the body is empty.
    if (trailers) all["transfer-encoding"] = "chunked";
    this.#cors.add(this.headers, all);
    this.#head = { status, headers: all };
  }

  write(bytes: Uint8Array): boolean {
    if (this.#response.destroyed) return true;
    this.#respond();
    return this.#response.write(bytes);
  }

  end(bytes?: Uint8Array, trailers?: OutgoingHttpHeaders): void {
    const response = this.#response;
    if (response.destroyed) return;
    this.#respond();
    if (trailers !== undefined) response.addTrailers(trailers);
    // Node reads what is left of the body, and forgets it, so that the connection can be used again.
    this.#request.resume();
    if (bytes === undefined) response.end();
    else response.end(bytes);
  }

  abort(): void {
    this.#response.destroy();
  }

  #respond(): void {
    const head = this.#head;
    if (head === undefined) return;
    this.#head = undefined;
    this.#response.writeHead(head.status, head.headers);
  }
}

function ignore(): void {}
