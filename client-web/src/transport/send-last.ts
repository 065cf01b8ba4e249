import { encode, SendSignalsRequest, type SignalRequest } from "@parley/contract/plain";

const path = "/parley.v1.SignalingService/SendSignals";

/** Sends a batch by a request of its own, which outlives the page. */
export async function sendLastBatch(
  fetch: typeof globalThis.fetch,
  baseUrl: string,
  headers: Readonly<Record<string, string>>,
  sessionToken: string,
  batch: readonly SignalRequest[],
): Promise<void> {
  // Not by connect-web, which cannot ask for `keepalive`: nothing else outlives the page.
  await fetch(baseUrl + path, {
    method: "POST",
    keepalive: true,
    headers: { ...headers, "content-type": "application/proto", "connect-protocol-version": "1" },
    body: encode(SendSignalsRequest, { sessionToken, signals: [...batch] }) as Uint8Array<ArrayBuffer>,
  });
}
