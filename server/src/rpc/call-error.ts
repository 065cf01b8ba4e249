import type { ConnectError } from "@connectrpc/connect";
import { parleyError } from "../errors/parley-error.ts";
import type { FieldFailure } from "../session/attach-request.ts";
import type { Failure } from "../switchboard/switchboard.ts";

/** A failure as the error that ends a call. */
export function callError(failure: Failure | FieldFailure): ConnectError {
  const { reason, message, retryAfterMs } = failure;
  return parleyError(reason, message, {
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...("field" in failure ? { violations: [{ field: failure.field, description: message }] } : {}),
  });
}
