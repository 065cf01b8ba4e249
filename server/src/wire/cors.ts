import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";
import { cors as protocols } from "@connectrpc/connect";
import { type Exchange, refuse } from "./exchange.ts";

/** How long a browser may remember a preflight, in seconds. Chromium remembers no longer than this. */
const maxAgeSeconds = 7200;

/**
 * Cross-origin requests (the Fetch standard, section 3.2). Never with credentials: a page proves who it is
 * by the `authorization` header, which it must set itself.
 */
export class Cors {
  readonly #origins: ReadonlySet<string>;
  readonly #any: boolean;
  readonly #exposed: string;

  /**
   * @param origins whose pages may call; `*` is any.
   * @param exposed headers that a page may read beside those of the protocols.
   */
  constructor(origins: readonly string[], exposed: readonly string[] = []) {
    this.#exposed = [...protocols.exposedHeaders, ...exposed].join(", ");
    this.#origins = new Set(origins);
    this.#any = this.#origins.has("*");
  }

  /** Adds what the page needs in order to read this response. Errors need it as much as answers. */
  add(request: IncomingHttpHeaders, response: OutgoingHttpHeaders): void {
    if (!this.#any) response.vary = "origin";
    const allowed = this.#allow(request.origin);
    if (allowed === undefined) return;
    response["access-control-allow-origin"] = allowed;
    response["access-control-expose-headers"] = this.#exposed;
  }

  /** Answers a preflight; false where this is none. */
  preflight(exchange: Exchange): boolean {
    const { headers } = exchange;
    if (exchange.method !== "OPTIONS" || headers["access-control-request-method"] === undefined) return false;
    if (this.#allow(headers.origin) === undefined) refuse(exchange, 403);
    else {
      // RFC 9110, section 8.6: a 204 has no content-length.
      exchange.head(204, {
        "access-control-allow-methods": methods,
        "access-control-allow-headers": accepted,
        "access-control-max-age": String(maxAgeSeconds),
      });
      exchange.end();
    }
    return true;
  }

  #allow(origin: string | undefined): string | undefined {
    if (origin === undefined) return undefined;
    if (this.#any) return "*";
    return this.#origins.has(origin) ? origin : undefined;
  }
}

const methods = protocols.allowedMethods.join(", ");
const accepted = [...protocols.allowedHeaders, "Authorization"].join(", ");
