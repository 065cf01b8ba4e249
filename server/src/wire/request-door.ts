import type { IncomingMessage, ServerResponse } from "node:http";

/** A way into the service over ordinary requests that are no RPCs, such as health checks and pages. */
export interface RequestDoor {
  /**
   * Answers a request, now or later, or returns false: then the next door is asked. On HTTP/2 it is given Node's
   * compatible request and response. Headers that every response carries are set already.
   */
  serve(request: IncomingMessage, response: ServerResponse): boolean;
}
