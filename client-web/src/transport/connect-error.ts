import { Code, ConnectError } from "@connectrpc/connect";
// All from here: if one part of "plain" were needed, the WebSocket transport would load the table of reasons with it.
import {
  ERROR_DOMAIN,
  ErrorInfoSchema,
  RetryInfoSchema,
  type RetryName,
  reasonEntry,
  reasonOf,
} from "@parley/contract";
import { millisecondsOf } from "../duration.ts";
import { type ForeignReason, SignalingError, serviceError } from "../signaling-error.ts";

/** Whatever a call of Connect threw, as an error that knows its reason. */
export function connectErrorOf(thrown: unknown): SignalingError {
  if (thrown instanceof SignalingError) return thrown;
  const error = ConnectError.from(thrown, Code.Unavailable);
  const info = error.findDetails(ErrorInfoSchema).find(({ domain }) => domain === ERROR_DOMAIN);
  const delay = error.findDetails(RetryInfoSchema)[0]?.retryDelay;
  const retryAfterMs = delay && millisecondsOf(delay);
  if (info !== undefined) {
    // The metadata have it for reasons of later versions too.
    const retry = retryNamed(info.metadata["retry"]) ?? reasonEntry(reasonOf(info.reason)).retry;
    return serviceError(info.reason, error.rawMessage, { retry, retryAfterMs, cause: thrown });
  }
  const foreign = foreignReasons[error.code];
  if (foreign === undefined) {
    return new SignalingError("NETWORK", error.rawMessage, { retry: "resume", retryAfterMs, cause: thrown });
  }
  const message = `${error.rawMessage}, from something that is not the service: check the url`;
  return new SignalingError(foreign, message, { retry: "never", retryAfterMs, cause: thrown });
}

const retryNames: readonly string[] = ["never", "later", "resume", "rejoin"] satisfies RetryName[];

function retryNamed(name: string | undefined): RetryName | undefined {
  return retryNames.find((each): each is RetryName => each === name);
}

const foreignReasons: Partial<Record<Code, ForeignReason>> = {
  [Code.InvalidArgument]: "INVALID_ARGUMENT",
  [Code.FailedPrecondition]: "FAILED_PRECONDITION",
  [Code.Unauthenticated]: "UNAUTHENTICATED",
  [Code.PermissionDenied]: "PERMISSION_DENIED",
  [Code.Unimplemented]: "UNIMPLEMENTED",
};
