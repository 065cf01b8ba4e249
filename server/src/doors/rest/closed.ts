import { create } from "@bufbuild/protobuf";
import type { ConnectError } from "@connectrpc/connect";
import {
  BadRequestSchema,
  type Closed,
  ClosedSchema,
  Reason,
  RetryInfoSchema,
  retryOf,
} from "@parley/contract";
import { reasonOfError } from "../../errors/parley-error.ts";

/** How a stream ended, with OK or with an error, as a message of the contract. */
export function closedOf(error: ConnectError | undefined): Closed {
  if (error === undefined) return create(ClosedSchema);
  const reason = reasonOfError(error) ?? Reason.UNSPECIFIED;
  const [delay] = error.findDetails(RetryInfoSchema);
  const [request] = error.findDetails(BadRequestSchema);
  return create(ClosedSchema, {
    code: error.code,
    reason,
    message: error.rawMessage,
    retry: retryOf(reason),
    ...(delay?.retryDelay === undefined ? {} : { retryAfter: delay.retryDelay }),
    violations: (request?.fieldViolations ?? []).map(({ field, description }) => ({ field, description })),
  });
}
