import { type Client, createClient, type Transport } from "@connectrpc/connect";
import { SignalingService } from "@parley/contract";
import type { SignalRequest } from "@parley/contract/plain";
import type { SessionStream, SessionTransport, StreamInit } from "../session/session-transport.ts";
import { request } from "../session/signals.ts";
import { clientError } from "../signaling-error.ts";
import { connectErrorOf } from "./connect-error.ts";
import { requestHeaders } from "./request-headers.ts";

/** What a `bidiTransport` is made from. */
export interface BidiTransportOptions {
  /**
   * A transport of Connect that streams both ways, such as `createGrpcTransport` of `@connectrpc/connect-node`.
   * Its connection is the caller's to close.
   */
  readonly transport: Transport;
  /** Sent with every call. @default none */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** The session over one full-duplex stream, `Signal`: for Node and other runtimes with HTTP/2. */
export function bidiTransport({ transport, headers = {} }: BidiTransportOptions): SessionTransport {
  const client = createClient(SignalingService, transport);
  return {
    open: (init) => new BidiStream(client, init, requestHeaders(headers, init.accessToken)),
    async sendLast(sessionToken, batch, accessToken) {
      const request = { sessionToken, signals: [...batch] };
      await client.sendSignals(request, { headers: requestHeaders(headers, accessToken), timeoutMs: 3_000 });
    },
  };
}

class BidiStream implements SessionStream {
  readonly #client: Client<typeof SignalingService>;
  readonly #init: StreamInit;
  readonly #closed = new AbortController();
  readonly #requests = new RequestQueue();

  constructor(client: Client<typeof SignalingService>, init: StreamInit, headers: Record<string, string>) {
    this.#client = client;
    this.#init = init;
    this.#requests.push(request(init.start));
    void this.#receive(headers);
  }

  async send(batch: readonly SignalRequest[]): Promise<undefined> {
    if (this.#closed.signal.aborted) throw clientError("NETWORK", "the stream is closed");
    for (const request of batch) this.#requests.push(request);
  }

  close(): void {
    this.#closed.abort();
    this.#requests.end();
  }

  async #receive(headers: Record<string, string>): Promise<void> {
    const { signal } = this.#closed;
    const init = this.#init;
    try {
      for await (const response of this.#client.signal(this.#requests, { headers, signal })) {
        if (signal.aborted) break;
        init.response(response);
      }
      if (!signal.aborted) init.end();
    } catch (error) {
      if (!signal.aborted) init.end(connectErrorOf(error));
    } finally {
      this.#requests.end();
    }
  }
}

/** The requests of a stream, as the async iterable that Connect reads. */
class RequestQueue implements AsyncIterable<SignalRequest> {
  readonly #waiting: SignalRequest[] = [];
  #ended = false;
  #wake: (() => void) | undefined;

  push(request: SignalRequest): void {
    if (this.#ended) return;
    this.#waiting.push(request);
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<SignalRequest> {
    while (!this.#ended) {
      const request = this.#waiting.shift();
      if (request !== undefined) {
        yield request;
        continue;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
