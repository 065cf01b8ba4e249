import type { Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
  Http2SessionManager,
} from "@connectrpc/connect-node";

/** A protocol, a codec, a compression and a version of HTTP: what a client may choose. */
export interface Way {
  readonly name: string;
  readonly http: 1 | 2;
  transport(url: string): { transport: Transport; close(): void };
}

const protocols = {
  gRPC: createGrpcTransport,
  "gRPC-Web": createGrpcWebTransport,
  Connect: createConnectTransport,
};

/** Every way but gRPC on HTTP/1.1, which gRPC does not know. */
export const ways: readonly Way[] = Object.entries(protocols).flatMap(([protocol, create]) =>
  ([1, 2] as const)
    .filter((http) => http === 2 || protocol !== "gRPC")
    .flatMap((http) =>
      [true, false].map((useBinaryFormat) => ({
        name: `${protocol}, ${useBinaryFormat ? "binary" : "JSON"}, HTTP/${http === 1 ? "1.1" : "2"}`,
        http,
        transport: (url: string) => transportOf(create, url, http, useBinaryFormat),
      })),
    ),
);

function transportOf(
  create: (typeof protocols)[keyof typeof protocols],
  baseUrl: string,
  http: 1 | 2,
  useBinaryFormat: boolean,
) {
  if (http === 1) {
    return { transport: create({ baseUrl, httpVersion: "1.1", useBinaryFormat }), close: () => {} };
  }
  const sessionManager = new Http2SessionManager(baseUrl);
  const transport = create({ baseUrl, httpVersion: "2", useBinaryFormat, sessionManager });
  return { transport, close: () => sessionManager.abort() };
}
