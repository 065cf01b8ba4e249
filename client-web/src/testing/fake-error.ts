import { type Reason, reasonEntry, reasonName } from "@parley/contract/plain";
import { type SignalingError, serviceError } from "../signaling-error.ts";

/** What a transport makes of a call that the service ends for this reason. */
export function contractError(reason: Reason, message: string, retryAfterMs?: number): SignalingError {
  return serviceError(reasonName(reason), message, { retry: reasonEntry(reason).retry, retryAfterMs });
}
