import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { RequestDoor } from "./request-door.ts";
import type { RequestGate } from "./request-gate.ts";
import type { ResponseHeaders } from "./response-headers.ts";

/** What is served over every version of HTTP. */
export class HttpService {
  readonly headers: ResponseHeaders;
  readonly gate: RequestGate;
  readonly #requests: readonly RequestDoor[];

  constructor(parts: {
    readonly headers: ResponseHeaders;
    readonly gate: RequestGate;
    readonly requests: readonly RequestDoor[];
  }) {
    this.headers = parts.headers;
    this.gate = parts.gate;
    this.#requests = parts.requests;
  }

  /** Answers what is no RPC, in the form of Node's HTTP/1.1. */
  answer(request: IncomingMessage, response: ServerResponse): void {
    const headers: OutgoingHttpHeaders = {};
    this.headers.add(request.headers, headers);
    for (const [name, value] of Object.entries(headers))
      if (value !== undefined) response.setHeader(name, value);
    for (const door of this.#requests) if (door.serve(request, response)) return;
    response.writeHead(404, { "content-type": "text/plain" });
    response.end("not found\n");
  }
}
