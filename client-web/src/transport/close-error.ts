import type { RetryName } from "@parley/contract/plain";
import { clientError, type SignalingError, serviceError } from "../signaling-error.ts";

/** `REASON retry`, the milliseconds to wait, and a message. */
const form = /^([A-Z][A-Z_]*) (never|later|resume|rejoin)(?: (\d+))?(?:: (.*))?$/s;

/**
 * How a stream ended whose WebSocket was closed with this code and reason; undefined for OK.
 *
 * @param closed the message of a `Closed` that came before, which did not fit into the reason.
 */
export function closeErrorOf(code: number, reason: string, closed = ""): SignalingError | undefined {
  const [, name = "", retry, delay, message = closed] = form.exec(reason) ?? [];
  if (name === "") {
    if (code === 1000) return undefined;
    return clientError("NETWORK", `the WebSocket closed with ${code}${reason === "" ? "" : `: ${reason}`}`);
  }
  // The server says what to do, for a reason of a later version too.
  return serviceError(name, message, {
    retry: retry as RetryName,
    retryAfterMs: delay === undefined ? undefined : Number(delay),
  });
}
