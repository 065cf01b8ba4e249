import type { MessageInitShape } from "@bufbuild/protobuf";
import type { StringValueSchema } from "@bufbuild/protobuf/wkt";
import { ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { SignalingService, type SignalRequest, type SignalResponse } from "@parley/contract";
import { foreignRequest, foreignSignal } from "./foreign-service.ts";
import { Inbox } from "./inbox.ts";
import { RequestQueue } from "./request-queue.ts";
import {
  type Bearer,
  bearerHeaders,
  type First,
  firstRequest,
  requestOf,
  type Stream,
  statusOf,
  type Way,
} from "./way.ts";

type MakeTransport = (baseUrl: string, sessionManager: Http2SessionManager) => Transport;
type Call = (transport: Transport, signal: AbortSignal) => AsyncIterable<SignalResponse>;

/** Signal by connect-node. */
function connectNode(name: string, makeTransport: MakeTransport): Way {
  const openCall = (url: string, requests: RequestQueue<SignalRequest>, call: Call): Stream => {
    const sessions = new Http2SessionManager(url);
    const inbox = new Inbox();
    const abort = new AbortController();
    void readAll(call(makeTransport(url, sessions), abort.signal), inbox, abort.signal).finally(() => {
      requests.end();
      sessions.abort();
    });
    return {
      inbox,
      async send(_token, ...signals) {
        for (const each of signals) requests.push(requestOf(each));
      },
      halfClose: () => requests.end(),
      cut() {
        abort.abort();
        inbox.release();
      },
    };
  };
  const openSignal = (url: string, requests: RequestQueue<SignalRequest>, bearer?: Bearer): Stream =>
    openCall(url, requests, (transport, signal) =>
      createClient(SignalingService, transport).signal(requests, { signal, headers: bearerHeaders(bearer) }),
    );
  return {
    name,
    form: "signal",
    open(url: string, first: First, bearer?: Bearer) {
      const requests = new RequestQueue<SignalRequest>();
      if (first.case === "garbage") return openCall(url, requests, garbage);
      requests.push(firstRequest(first));
      return openSignal(url, requests, bearer);
    },
    openSilent: (url) => openSignal(url, new RequestQueue()),
  };
}

const garbage: Call = async function* (transport, signal) {
  const requests = new RequestQueue<MessageInitShape<typeof StringValueSchema>>();
  requests.push(foreignRequest);
  requests.end();
  const response = await transport.stream(foreignSignal, signal, undefined, undefined, requests);
  yield* response.message;
};

async function readAll(
  responses: AsyncIterable<SignalResponse>,
  inbox: Inbox,
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const response of responses) {
      inbox.push(response);
      await inbox.flowing();
    }
    inbox.end({ code: "OK" });
  } catch (error) {
    inbox.end(signal.aborted ? { code: "CUT" } : statusOf(ConnectError.from(error)));
  }
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
