import type { OutgoingHttpHeaders } from "node:http";
import type { ConnectError } from "@connectrpc/connect";
import { contentTypeUnaryJson, errorToJsonBytes } from "@connectrpc/connect/protocol-connect";
import { byteString } from "./byte-string.ts";
import { contentKindOf } from "./content-kind.ts";
import { addHeaders } from "./headers.ts";
import { type HttpExchange, headerOf } from "./http-exchange.ts";
import { statusOf } from "./stream-protocols.ts";

const plainJson = "application/json; charset=utf-8";

/**
 * Answers a request that never becomes a call, with an error in the form that its client can read: the headers of
 * gRPC for content types that begin with it, the JSON of Connect for all others.
 */
export function refuseWith(
  exchange: HttpExchange,
  status: number,
  error: ConnectError,
  headers: OutgoingHttpHeaders = {},
): void {
  const contentType = headerOf(exchange, "content-type") ?? "";
  if (/^application\/grpc\b/i.test(contentType)) {
    const all: OutgoingHttpHeaders = { "content-type": contentType, "content-length": "0", ...headers };
    addHeaders(all, statusOf(error));
    exchange.head(status, all);
    return exchange.end();
  }
  const body = errorToJsonBytes(error, undefined);
  exchange.head(status, {
    // To a client of some other protocol it is JSON for people, and not an error of Connect.
    "content-type": contentKindOf(contentType) === undefined ? plainJson : contentTypeUnaryJson,
    "content-length": String(body.byteLength),
    ...headers,
  });
  exchange.end(byteString(body));
}
