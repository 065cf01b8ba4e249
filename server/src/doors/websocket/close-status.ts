import { reasonEntry, reasonName } from "@parley/contract";
import { codeOf } from "../../errors/parley-error.ts";
import type { FieldFailure } from "../../session/attach-request.ts";
import type { Failure } from "../../switchboard/failure.ts";
import { encodeClosed } from "../closed-message.ts";

/** The close code of a gRPC status is this plus its code: 4000 to 4999 are for applications (RFC 6455, section 7.4.2). */
const firstCode = 4000;
const normalClosure = 1000;
/** A control frame has at most 125 bytes, of which the close code takes 2. */
const mostReasonBytes = 123;

/** How a WebSocket is closed. */
export interface CloseStatus {
  readonly code: number;
  /** `REASON retry`, then the delay in milliseconds if there is one, then `: ` and the message if it fits. */
  readonly reason: string;
  /** A `SignalResponse` with `Closed`, to be sent before, if the reason cannot hold everything. */
  readonly closed?: Uint8Array;
}

/** The close status of a stream that ended with OK, or for this cause. */
export function closeStatusOf(cause: Failure | FieldFailure | undefined): CloseStatus {
  if (cause === undefined) return { code: normalClosure, reason: "" };
  const code = firstCode + codeOf(cause.reason);
  const brief = briefOf(cause);
  const full = `${brief}: ${cause.message}`;
  const fits = Buffer.byteLength(full) <= mostReasonBytes;
  if (fits && !("field" in cause)) return { code, reason: full };
  return { code, reason: fits ? full : brief, closed: encodeClosed(cause) };
}

/** The close reason of a fault that has a close code of its own in RFC 6455. */
export function closeReasonOf(cause: Failure): string {
  const full = `${briefOf(cause)}: ${cause.message}`;
  return Buffer.byteLength(full) <= mostReasonBytes ? full : briefOf(cause);
}

function briefOf({ reason, retryAfterMs }: Failure): string {
  const delay = retryAfterMs === undefined ? "" : ` ${Math.ceil(retryAfterMs)}`;
  return `${reasonName(reason)} ${reasonEntry(reason).retry}${delay}`;
}
