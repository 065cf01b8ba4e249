import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";
import { authorityOf, isAddress, isLoopbackName } from "./authority.ts";
import type { Cors } from "./cors.ts";

/** How long a browser may insist on TLS after it was here once, in seconds: a year. */
const insistSeconds = 31_536_000;

/** The headers that responses carry whatever they answer. */
export class ResponseHeaders {
  readonly #cors: Cors;
  readonly #tls: boolean;

  /** @param tls whether the port serves TLS itself */
  constructor(cors: Cors, tls: boolean) {
    this.#cors = cors;
    this.#tls = tls;
  }

  /** Of a call, and of its refusal: they hold what is meant for one client, now. */
  addToCall(request: IncomingHttpHeaders, response: OutgoingHttpHeaders): void {
    this.add(request, response);
    response["cache-control"] = "no-store";
    this.#cors.add(request, response);
  }

  /** Of anything. */
  add(request: IncomingHttpHeaders, response: OutgoingHttpHeaders): void {
    response["x-content-type-options"] = "nosniff";
    if (!this.#tls) return;
    const { host = "" } = authorityOf(request) ?? {};
    // HSTS (RFC 6797): not for localhost, which other programs of the machine share, nor for addresses: browsers
    // ignore it there.
    if (host === "" || isLoopbackName(host) || isAddress(host)) return;
    response["strict-transport-security"] = `max-age=${insistSeconds}`;
  }
}
