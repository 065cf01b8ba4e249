import type { HttpExchange } from "./http-exchange.ts";
import type { WireFault } from "./wire-error.ts";

/** A way into the service over ordinary requests, of either version of HTTP, with the limits and headers of a call. */
export interface ExchangeDoor {
  /** Whether a request is for this door, by its path alone. */
  takes(exchange: Pick<HttpExchange, "target">): boolean;
  /** Answers a request; with a fault, only by the reason why it is not served. */
  serve(exchange: HttpExchange, fault: WireFault | undefined): void;
}
