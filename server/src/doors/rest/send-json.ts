import type { OutgoingHttpHeaders } from "node:http";
import { byteString } from "../../wire/byte-string.ts";
import type { HttpExchange } from "../../wire/http-exchange.ts";

/** Answers a request with JSON, and ends it. */
export function sendJson(
  exchange: HttpExchange,
  status: number,
  json: string,
  {
    contentType = "application/json",
    headers = {},
  }: { readonly contentType?: string; readonly headers?: OutgoingHttpHeaders } = {},
): void {
  const body = Buffer.from(json);
  exchange.head(status, {
    ...headers,
    "content-type": contentType,
    "content-length": String(body.byteLength),
  });
  exchange.end(exchange.method === "HEAD" ? undefined : byteString(body));
}
