import type { Cors } from "./cors.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { ExchangeDoor } from "./exchange-door.ts";
import type { HttpExchange } from "./http-exchange.ts";
import type { OriginPolicy } from "./origin-policy.ts";
import { WireFault } from "./wire-error.ts";

/** A page that was refused, for the log. Both texts are the client's; at most 255 characters each. */
export interface RefusedPage {
  readonly origin: string;
  readonly host: string;
}

export interface RequestGateParts {
  readonly policy: OriginPolicy;
  readonly cors: Cors;
  readonly dispatcher: Dispatcher;
  /** Asked in turn for what is no RPC. */
  readonly doors: readonly ExchangeDoor[];
  readonly onPageRefused: (refused: RefusedPage) => void;
  readonly onError: (error: unknown) => void;
}

/** What is looked at before a request is served. */
type GatedRequest = Pick<HttpExchange, "method" | "headers">;

/** What every request passes, of either version of HTTP, before anything of it is read. */
export class RequestGate {
  readonly #parts: RequestGateParts;

  constructor(parts: RequestGateParts) {
    this.#parts = parts;
  }

  /**
   * @param rawHeaders names and values in turn, as they came
   * @param other serves what is no RPC and for no door
   */
  serve(exchange: HttpExchange, rawHeaders: readonly string[], other: () => void): void {
    const { cors, dispatcher, onError } = this.#parts;
    try {
      const fault = this.faultOf(exchange, rawHeaders);
      if (fault !== undefined) return this.#refuse(exchange, fault);
      if (cors.preflight(exchange)) return;
      if (dispatcher.dispatch(exchange)) return;
      const door = this.#doorOf(exchange);
      if (door === undefined) other();
      else door.serve(exchange, undefined);
    } catch (thrown) {
      // Nothing above would catch it: it would end the process.
      onError(thrown);
      exchange.abort();
    }
  }

  #doorOf(exchange: HttpExchange): ExchangeDoor | undefined {
    return this.#parts.doors.find((door) => door.takes(exchange));
  }

  #refuse(exchange: HttpExchange, fault: WireFault): void {
    const door = this.#doorOf(exchange);
    if (door !== undefined) return door.serve(exchange, fault);
    this.#parts.dispatcher.refuse(exchange, fault.kind === "origin" ? 403 : 400, fault);
  }

  /** Why a request is not served, whatever it asks for; undefined if it is. */
  faultOf(request: GatedRequest, rawHeaders: readonly string[]): WireFault | undefined {
    if (isForTwoHosts(request, rawHeaders)) return new WireFault("header", "the request is for two hosts");
    const refusal = this.#parts.policy.refusal(request);
    if (refusal === undefined) return undefined;
    const { headers } = request;
    const origin = String(headers.origin ?? "").slice(0, 255);
    const host = String(headers[":authority"] ?? headers.host ?? "").slice(0, 255);
    this.#parts.onPageRefused({ origin, host });
    return new WireFault("origin", refusal);
  }
}

/**
 * Whether a request has two Host headers (RFC 9112, section 3.2), or one that is not its `:authority` (RFC 9113,
 * section 8.3.1). What stands in front may have looked at the other one.
 */
function isForTwoHosts({ headers }: GatedRequest, rawHeaders: readonly string[]): boolean {
  const authority = headers[":authority"];
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index];
    if (name?.length !== 4 || name.toLowerCase() !== "host") continue;
    if (++hosts > 1) return true;
    if (authority !== undefined && !isSameText(String(authority), rawHeaders[index + 1] ?? "")) return true;
  }
  return false;
}

function isSameText(one: string, other: string): boolean {
  return one === other || one.toLowerCase() === other.toLowerCase();
}
