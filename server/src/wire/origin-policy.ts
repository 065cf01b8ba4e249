import type { IncomingHttpHeaders } from "node:http";
import { type Authority, authorityOf, authorityTextOf, isLoopbackName } from "./authority.ts";
import { isSameAuthority, normalOrigin, readWebOrigin } from "./origin.ts";

export interface OriginPolicyOptions {
  /** Origins whose pages may call, beside those of this service itself; `*` is any. */
  readonly origins: readonly string[];
  /** Names under which browsers may reach this service, beside those of loopback and of `origins`; `*` is any. */
  readonly hosts: readonly string[];
  /** Whether the service listens on loopback alone; pages of this machine may then call from any port. */
  readonly loopback: boolean;
}

/** What the policy reads of a request. */
interface BrowserRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
}

/**
 * Which web pages may use the service. Only browsers are asked, known by the `Origin` and `Sec-Fetch-Site` that no
 * page can forge; a probe, a gRPC client or curl has no page that could abuse it.
 *
 * - The host must be known. A name that an attacker rebinds to this address (DNS rebinding) makes its page look like
 *   one of this very origin, and its Host is the only difference.
 * - The page must be of the same origin, or of one that is allowed.
 */
export class OriginPolicy {
  readonly #origins: ReadonlySet<string>;
  readonly #hosts: ReadonlySet<string>;
  readonly #loopback: boolean;
  /** What the last page that was served sent: most requests come from a page that has called before. */
  #served: Pick<IncomingHttpHeaders, "origin" | "host"> = {};

  constructor({ origins, hosts, loopback }: OriginPolicyOptions) {
    this.#origins = new Set(origins.map((origin) => normalOrigin(origin) ?? origin));
    const ofOrigins = origins.map((origin) => readWebOrigin(origin)?.host ?? "");
    this.#hosts = new Set([...hosts.map((host) => host.toLowerCase()), ...ofOrigins]);
    this.#loopback = loopback;
  }

  /** Whether pages of any origin may call. */
  get allowsAny(): boolean {
    return this.#origins.has("*");
  }

  /** Why a request is not served, with the setting that would change it; undefined if it is served. */
  refusal({ method, headers }: BrowserRequest): string | undefined {
    const { origin, "sec-fetch-site": site } = headers;
    if ((origin === undefined && site === undefined) || this.#isServed(headers)) return undefined;
    const host = authorityOf(headers);
    if (!this.#serves(host)) {
      return `the host ${host?.host.slice(0, 255) ?? ""} is unknown: add it to PARLEY_HOSTS`;
    }
    const allowed = origin !== undefined && this.#allows(origin, host);
    if (allowed) this.#served = { origin, host: authorityTextOf(headers) };
    if (allowed || site === "same-origin") return undefined;
    if (origin === undefined) {
      // Links lead here from anywhere, and what else may be embedded is up to the page itself. But a page of another
      // site that changes something has to say where it comes from.
      const reads = method === "GET" || method === "HEAD";
      return reads || site === "none" ? undefined : "a request from another site has no Origin";
    }
    return `pages of ${origin.slice(0, 255)} may not use this service: add the origin to PARLEY_CORS_ORIGIN`;
  }

  /** What `access-control-allow-origin` says of a request that is served; undefined if it needs none. */
  allowedOrigin(headers: IncomingHttpHeaders): string | undefined {
    if (headers.origin === undefined) return undefined;
    if (this.allowsAny) return "*";
    const allowed = this.#isServed(headers) || this.#allows(headers.origin, authorityOf(headers));
    return allowed ? headers.origin : undefined;
  }

  #isServed(headers: IncomingHttpHeaders): boolean {
    const { origin, host } = this.#served;
    return origin !== undefined && headers.origin === origin && authorityTextOf(headers) === host;
  }

  #serves(authority: Authority | undefined): boolean {
    if (this.#hosts.has("*") || this.allowsAny) return true;
    return authority !== undefined && (isLoopbackName(authority.host) || this.#hosts.has(authority.host));
  }

  #allows(origin: string, authority: Authority | undefined): boolean {
    if (this.allowsAny || this.#origins.has(origin)) return true;
    const web = readWebOrigin(origin);
    if (web === undefined) return false;
    if (this.#loopback && isLoopbackName(web.host)) return true;
    return authority !== undefined && isSameAuthority(web, authority);
  }
}
