import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type Health, serveHealth } from "../../ops/health.ts";

/** How long a request may take to arrive, in milliseconds. */
const requestTimeoutMs = 5000;
/** How many probes may be connected at once. */
const mostConnections = 64;

/** Answers `/healthz` and `/readyz` of a bridge, in plain HTTP. */
export class HealthPort implements AsyncDisposable {
  readonly #server: Server;

  constructor(check: () => Health) {
    const limits = {
      requestTimeout: requestTimeoutMs,
      headersTimeout: requestTimeoutMs,
      connectionsCheckingInterval: requestTimeoutMs,
      keepAlive: false,
    };
    this.#server = createServer(limits, (request, response) => {
      response.shouldKeepAlive = false;
      if (serveHealth(request, response, async () => check())) return;
      response.writeHead(404).end();
    });
    this.#server.maxConnections = mostConnections;
  }

  /** Resolves with its port. Rejects if it cannot listen there. */
  async listen(host: string, port: number): Promise<number> {
    this.#server.listen(port, host);
    await once(this.#server, "listening");
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : port;
  }

  /** Closes it, and what is connected to it. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
