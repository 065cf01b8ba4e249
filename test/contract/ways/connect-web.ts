import { ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";
import { SignalingService, type SignalResponse } from "@parley/contract";
import { foreignReceive, foreignRequest } from "./foreign-service.ts";
import { Inbox } from "./inbox.ts";
import { textFetch } from "./text-fetch.ts";
import {
  type Bearer,
  bearerHeaders,
  type First,
  receiveRequest,
  requestOf,
  type Stream,
  statusOf,
  type Way,
} from "./way.ts";

/** Receive + SendSignals by connect-web, whose fetch speaks HTTP/1.1 in Node. */
function connectWeb(name: string, makeTransport: (baseUrl: string) => Transport): Way {
  return {
    name,
    form: "halves",
    open: (url, first, bearer) => openHalves(makeTransport(url), first, bearer),
  };
}

function openHalves(transport: Transport, first: First, bearer?: Bearer): Stream {
  const client = createClient(SignalingService, transport);
  const inbox = new Inbox();
  const abort = new AbortController();
  const { signal } = abort;
  const read = async () => {
    try {
      const responses =
        first.case === "garbage"
          ? garbage(transport, signal)
          : client.receive(receiveRequest(first), { signal, headers: bearerHeaders(bearer) });
      for await (const response of responses) {
        inbox.push(response);
        await inbox.flowing();
      }
      inbox.end({ code: "OK" });
    } catch (error) {
      inbox.end(signal.aborted ? { code: "CUT" } : statusOf(ConnectError.from(error)));
    }
  };
  void read();
  return {
    inbox,
    async send(sessionToken, ...signals) {
      try {
        const headers = bearerHeaders(bearer);
        await client.sendSignals({ sessionToken, signals: signals.map(requestOf) }, { headers });
      } catch (error) {
        // What ends a full-duplex stream, the other half learns from its answer.
        inbox.end(statusOf(ConnectError.from(error)));
        abort.abort();
      }
    },
    halfClose() {},
    cut() {
      abort.abort();
      inbox.release();
    },
  };
}

async function* garbage(transport: Transport, signal: AbortSignal): AsyncGenerator<SignalResponse> {
  const request = (async function* () {
    yield foreignRequest;
  })();
  const response = await transport.stream(foreignReceive, signal, undefined, undefined, request);
  yield* response.message;
}

export const connectWebConnect = connectWeb("Connect by connect-web, HTTP/1.1", (baseUrl) =>
  createConnectTransport({ baseUrl, useBinaryFormat: true }),
);

export const connectWebGrpcWebText = connectWeb("gRPC-Web as text by connect-web, HTTP/1.1", (baseUrl) =>
  createGrpcWebTransport({ baseUrl, fetch: textFetch }),
);

export const connectWebGrpcWeb = connectWeb("gRPC-Web by connect-web, HTTP/1.1", (baseUrl) =>
  createGrpcWebTransport({ baseUrl }),
);
