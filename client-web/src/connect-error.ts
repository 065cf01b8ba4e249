import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorInfoSchema, RetryInfoSchema } from "@parley/contract";
import { ERROR_DOMAIN, type RetryName, reasonEntry, reasonOf } from "@parley/contract/plain";
import { millisecondsOf } from "./duration.ts";
import { type ForeignReason, knownReason, SignalingError } from "./signaling-error.ts";

/** Whatever a call of Connect threw, as an error that knows its reason. */
export function connectErrorOf(thrown: unknown): SignalingError {
  if (thrown instanceof SignalingError) return thrown;
  const error = ConnectError.from(thrown, Code.Unavailable);
  const info = error.findDetails(ErrorInfoSchema).find(({ domain }) => domain === ERROR_DOMAIN);
  const delay = error.findDetails(RetryInfoSchema)[0]?.retryDelay;
  const retryAfterMs = delay && millisecondsOf(delay);
  const code = statusName(error.code);
  if (info !== undefined) {
    const reason = knownReason(info.reason);
    // A reason of a later version: its status code still shows what there is to do.
    const retry = reason === "OTHER" ? retryOf(error.code) : reasonEntry(reasonOf(info.reason)).retry;
    const message = reason === "OTHER" ? `${info.reason}: ${error.rawMessage}` : error.rawMessage;
    return new SignalingError(reason, message, { code, retry, retryAfterMs, cause: thrown });
  }
  const foreign = foreignReasons[error.code];
  return new SignalingError(foreign ?? "NETWORK", error.rawMessage, {
    code,
    retry: retryOf(error.code),
    retryAfterMs,
    cause: thrown,
  });
}

const foreignReasons: Partial<Record<Code, ForeignReason>> = {
  [Code.InvalidArgument]: "INVALID_ARGUMENT",
  [Code.FailedPrecondition]: "FAILED_PRECONDITION",
  [Code.Unauthenticated]: "UNAUTHENTICATED",
  [Code.PermissionDenied]: "PERMISSION_DENIED",
  [Code.Unimplemented]: "UNIMPLEMENTED",
};

/** What to do about a status that came without a reason: from a proxy, or from a broken connection. */
function retryOf(code: Code): RetryName {
  return foreignReasons[code] === undefined ? "resume" : "never";
}

function statusName(code: Code): string {
  // Connect spells it with one L.
  if (code === Code.Canceled) return "CANCELLED";
  return Code[code].replace(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase();
}
