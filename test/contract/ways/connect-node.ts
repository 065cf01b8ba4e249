import { ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { SignalingService, type SignalRequest } from "@parley/contract";
import { Inbox, requestOf, statusOf, type Way } from "./way.ts";

type MakeTransport = (baseUrl: string, sessionManager: Http2SessionManager) => Transport;

/** Signal by connect-node. */
function connectNode(name: string, makeTransport: MakeTransport): Way {
  return {
    name,
    open(url, first) {
      const sessions = new Http2SessionManager(url);
      const client = createClient(SignalingService, makeTransport(url, sessions));
      const requests = new RequestQueue();
      const inbox = new Inbox();
      const abort = new AbortController();
      requests.push(requestOf({ body: first } as Parameters<typeof requestOf>[0]));
      const read = async () => {
        try {
          for await (const response of client.signal(requests, { signal: abort.signal }))
            inbox.push(response);
          inbox.end({ code: "OK" });
        } catch (error) {
          inbox.end(abort.signal.aborted ? { code: "CUT" } : statusOf(ConnectError.from(error)));
        } finally {
          requests.end();
          sessions.abort();
        }
      };
      void read();
      return {
        next: () => inbox.next(),
        ended: inbox.ended,
        async send(_token, ...signals) {
          for (const each of signals) requests.push(requestOf(each));
        },
        cut: () => abort.abort(),
      };
    },
  };
}

export const connectNodeGrpc = connectNode("gRPC by connect-node, HTTP/2", (baseUrl, sessionManager) =>
  createGrpcTransport({ baseUrl, sessionManager }),
);

export const connectNodeConnect = connectNode("Connect by connect-node, HTTP/2", (baseUrl, sessionManager) =>
  createConnectTransport({ baseUrl, sessionManager, httpVersion: "2" }),
);

export const connectNodeJson = connectNode(
  "Connect + JSON by connect-node, HTTP/2",
  (baseUrl, sessionManager) =>
    createConnectTransport({ baseUrl, sessionManager, httpVersion: "2", useBinaryFormat: false }),
);

/** The requests of a stream, as the async iterable that connect takes. */
class RequestQueue implements AsyncIterable<SignalRequest> {
  readonly #waiting: SignalRequest[] = [];
  #ended = false;
  #wake: (() => void) | undefined;

  push(request: SignalRequest): void {
    this.#waiting.push(request);
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator]() {
    for (;;) {
      const request = this.#waiting.shift();
      if (request !== undefined) yield request;
      else if (this.#ended) return;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}
