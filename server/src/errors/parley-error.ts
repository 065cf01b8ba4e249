import { Code, ConnectError } from "@connectrpc/connect";
import {
  BadRequestSchema,
  ERROR_DOMAIN,
  ErrorInfoSchema,
  type Reason,
  RetryInfoSchema,
  reasonEntry,
  reasonName,
  reasonOf,
  type StatusName,
} from "@parley/contract";

export interface ParleyErrorOptions {
  /** The status code, if the protocol asks for another one than the reason has. */
  readonly code?: Code;
  /** How long to wait before a retry, in milliseconds: becomes `google.rpc.RetryInfo`. */
  readonly retryAfterMs?: number;
  /** The fields at fault: become `google.rpc.BadRequest`. */
  readonly violations?: readonly { readonly field: string; readonly description: string }[];
  /** Particulars for programs: join `retry` in `google.rpc.ErrorInfo.metadata`. */
  readonly metadata?: Readonly<Record<string, string>>;
}

const codes: Readonly<Record<StatusName, Code>> = {
  INVALID_ARGUMENT: Code.InvalidArgument,
  DEADLINE_EXCEEDED: Code.DeadlineExceeded,
  NOT_FOUND: Code.NotFound,
  ALREADY_EXISTS: Code.AlreadyExists,
  RESOURCE_EXHAUSTED: Code.ResourceExhausted,
  FAILED_PRECONDITION: Code.FailedPrecondition,
  ABORTED: Code.Aborted,
  OUT_OF_RANGE: Code.OutOfRange,
  INTERNAL: Code.Internal,
  UNAVAILABLE: Code.Unavailable,
  DATA_LOSS: Code.DataLoss,
  UNAUTHENTICATED: Code.Unauthenticated,
  PERMISSION_DENIED: Code.PermissionDenied,
  UNIMPLEMENTED: Code.Unimplemented,
  UNKNOWN: Code.Unknown,
};

/** The status code of a reason. */
export function codeOf(reason: Reason): Code {
  return codes[reasonEntry(reason).code];
}

/** The headers or trailers of an error that repeat its details, for clients that cannot decode `google.rpc`. */
export const errorHeaders = ["parley-reason", "parley-retry", "parley-retry-after-ms"] as const;

/** The error that ends a call for this reason, with the status code and the details of the contract. */
export function parleyError(reason: Reason, message: string, options: ParleyErrorOptions = {}): ConnectError {
  const { retry } = reasonEntry(reason);
  // The headers of gRPC cannot hold half a surrogate pair, which messages that quote input may contain.
  const error = new ConnectError(message.toWellFormed(), options.code ?? codeOf(reason), {
    "parley-reason": reasonName(reason),
    "parley-retry": retry,
  });
  error.details.push({
    desc: ErrorInfoSchema,
    value: { reason: reasonName(reason), domain: ERROR_DOMAIN, metadata: { ...options.metadata, retry } },
  });
  if (options.retryAfterMs !== undefined) {
    error.metadata.set("parley-retry-after-ms", String(Math.ceil(options.retryAfterMs)));
    const seconds = Math.floor(options.retryAfterMs / 1000);
    const nanos = Math.round((options.retryAfterMs - seconds * 1000) * 1e6);
    error.details.push({ desc: RetryInfoSchema, value: { retryDelay: { seconds: BigInt(seconds), nanos } } });
  }
  if (options.violations !== undefined) {
    const fieldViolations = options.violations.map(({ field, description }) => ({
      field,
      description: description.toWellFormed(),
    }));
    error.details.push({ desc: BadRequestSchema, value: { fieldViolations } });
  }
  return error;
}

/** The reason that `parleyError` gave an error, or that it was received with; undefined for any other error. */
export function reasonOfError(error: ConnectError): Reason | undefined {
  const info = error.findDetails(ErrorInfoSchema).find(({ domain }) => domain === ERROR_DOMAIN);
  return info === undefined ? undefined : reasonOf(info.reason);
}
