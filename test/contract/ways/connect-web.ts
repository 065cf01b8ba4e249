import { ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";
import { SignalingService } from "@parley/contract";
import { Inbox, requestOf, type Stream, statusOf, type Way } from "./way.ts";

/** Receive + Send by connect-web, whose fetch speaks HTTP/1.1 in Node. */
function connectWeb(name: string, makeTransport: (baseUrl: string) => Transport): Way {
  return {
    name,
    open(url, first) {
      const client = createClient(SignalingService, makeTransport(url));
      const inbox = new Inbox();
      const abort = new AbortController();
      const read = async () => {
        try {
          const request = { start: first } as Parameters<typeof client.receive>[0];
          for await (const response of client.receive(request, { signal: abort.signal }))
            inbox.push(response);
          inbox.end({ code: "OK" });
        } catch (error) {
          inbox.end(abort.signal.aborted ? { code: "CUT" } : statusOf(ConnectError.from(error)));
        }
      };
      void read();
      return {
        next: () => inbox.next(),
        ended: inbox.ended,
        send: (token, ...signals) => sendHalf(client, inbox, token, signals),
        cut: () => abort.abort(),
      } satisfies Stream;
    },
  };
}

async function sendHalf(
  client: ReturnType<typeof createClient<typeof SignalingService>>,
  inbox: Inbox,
  sessionToken: string,
  signals: Parameters<Stream["send"]>[1][],
): Promise<void> {
  try {
    await client.send({ sessionToken, signals: signals.map(requestOf) });
  } catch (error) {
    // What a full-duplex stream ends with, the other half is told in its answer.
    inbox.end(statusOf(ConnectError.from(error)));
  }
}

export const connectWebConnect = connectWeb("Connect by connect-web, HTTP/1.1", (baseUrl) =>
  createConnectTransport({ baseUrl, useBinaryFormat: true }),
);

export const connectWebGrpcWeb = connectWeb("gRPC-Web by connect-web, HTTP/1.1", (baseUrl) =>
  createGrpcWebTransport({ baseUrl }),
);
