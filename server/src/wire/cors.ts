import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";
import { cors as protocols } from "@connectrpc/connect";
import type { HttpExchange } from "./http-exchange.ts";
import type { OriginPolicy } from "./origin-policy.ts";

/** How long a browser may remember a preflight, in seconds. Chromium remembers no longer than this. */
const maxAgeSeconds = 7200;

/**
 * Cross-origin requests (the Fetch standard, section 3.2). Never with credentials: a page proves who it is
 * by the `authorization` header, which it must set itself.
 */
export class Cors {
  readonly #policy: OriginPolicy;
  readonly #exposed: string;

  /** @param exposed headers that a page may read beside those of the protocols. */
  constructor(policy: OriginPolicy, exposed: readonly string[] = []) {
    this.#policy = policy;
    this.#exposed = [...protocols.exposedHeaders, ...exposed].join(", ");
  }

  /** Adds what the page needs in order to read this response. Errors need it as much as answers. */
  add(request: IncomingHttpHeaders, response: OutgoingHttpHeaders): void {
    if (!this.#policy.allowsAny) response.vary = "origin";
    const allowed = this.#policy.allowedOrigin(request);
    if (allowed === undefined) return;
    response["access-control-allow-origin"] = allowed;
    response["access-control-expose-headers"] = this.#exposed;
  }

  /** Answers a preflight of an origin that may call; false if this is none. */
  preflight(exchange: HttpExchange): boolean {
    const { headers } = exchange;
    if (exchange.method !== "OPTIONS" || headers["access-control-request-method"] === undefined) return false;
    // RFC 9110, section 8.6: a 204 has no content-length.
    exchange.head(204, {
      "access-control-allow-methods": methods,
      // Whatever it asks for, such as the headers of a tracer: without credentials a header gives a page nothing that
      // it does not have. A wildcard would not cover `authorization`.
      "access-control-allow-headers": headers["access-control-request-headers"] ?? "",
      "access-control-max-age": String(maxAgeSeconds),
    });
    exchange.end();
    return true;
  }
}

/** Those of the protocols, and those of the doors. */
const methods = [...protocols.allowedMethods, "PUT", "DELETE"].join(", ");
