import { create, toBinary } from "@bufbuild/protobuf";
import { retryOf, SignalResponseSchema } from "@parley/contract";
import { codeOf } from "../errors/parley-error.ts";
import type { FieldFailure } from "../session/attach-request.ts";
import { durationOf } from "../switchboard/entry.ts";
import type { Failure } from "../switchboard/failure.ts";

/** The encoded `SignalResponse` with `Closed` for a stream that ends with OK, or for this cause. */
export function encodeClosed(cause: Failure | FieldFailure | undefined): Uint8Array {
  const value = cause === undefined ? {} : closedOf(cause);
  return toBinary(SignalResponseSchema, create(SignalResponseSchema, { body: { case: "closed", value } }));
}

function closedOf(cause: Failure | FieldFailure) {
  const { reason, message, retryAfterMs } = cause;
  return {
    code: codeOf(reason),
    reason,
    message,
    retry: retryOf(reason),
    ...(retryAfterMs === undefined ? {} : { retryAfter: durationOf(retryAfterMs) }),
    violations: "field" in cause ? [{ field: cause.field, description: message }] : [],
  };
}
