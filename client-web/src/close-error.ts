import { type RetryName, reasonEntry, reasonOf } from "@parley/contract/plain";
import { clientError, knownReason, SignalingError } from "./signaling-error.ts";

/** The close code of an error is this plus its gRPC status code. */
const firstCode = 4000;
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
  const known = knownReason(name);
  // For a reason of a later version too, the server says what to do.
  return new SignalingError(known, known === "OTHER" ? `${name}: ${message}` : message, {
    code: known === "OTHER" || code < firstCode ? "UNKNOWN" : reasonEntry(reasonOf(name)).code,
    retry: retry as RetryName,
    ...(delay === undefined ? {} : { retryAfterMs: Number(delay) }),
  });
}
