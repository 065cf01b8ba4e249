import { Reason, reasonEntry, reasonName } from "@parley/contract";
import type { Closed } from "@parley/contract/plain";
import { clientError, type SignalingError, serviceError } from "../../client-web/src/signaling-error.ts";

/** How a stream ended, by its last message; undefined if it ended with OK. */
export function errorOfClosed({ code, reason, message, retryAfter }: Closed): SignalingError | undefined {
  if (code === 0) return undefined;
  // From the bridge, which has lost the service, or the device.
  if (reason === Reason.UNSPECIFIED) return clientError("NETWORK", message);
  const { retry } = reasonEntry(reason);
  const delay =
    retryAfter === undefined
      ? {}
      : { retryAfterMs: Number(retryAfter.seconds) * 1000 + retryAfter.nanos / 1e6 };
  return serviceError(reasonName(reason), message, { retry, ...delay });
}
