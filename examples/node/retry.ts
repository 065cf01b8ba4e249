import { type ServiceError, status } from "@grpc/grpc-js";
import type { Duration } from "./gen/google/protobuf/duration.ts";
import { ErrorInfo, RetryInfo } from "./gen/google/rpc/error_details.ts";
import { Status } from "./gen/google/rpc/status.ts";

/** What the error that ended a stream says of itself. */
export interface End {
  /** The reason of the contract, or the gRPC code where the connection was lost. */
  reason: string;
  /** What to do: never, later, resume, rejoin. */
  retry: string;
  /** How long to wait at least. */
  waitMs: number;
}

export function readEnd(error: ServiceError): End {
  // Without a word from the service it was the connection, and the session is still there.
  const end: End = { reason: status[error.code], retry: "resume", waitMs: 0 };
  // grpc-js leaves the details of an error as bytes in the metadata.
  const [bytes] = error.metadata?.get("grpc-status-details-bin") ?? [];
  if (!(bytes instanceof Buffer)) return end;
  for (const { typeUrl, value } of Status.decode(bytes).details) {
    if (typeUrl.endsWith("/google.rpc.ErrorInfo")) {
      const { domain, reason, metadata } = ErrorInfo.decode(value);
      if (domain === "parley.v1") Object.assign(end, { reason, retry: metadata.retry });
    } else if (typeUrl.endsWith("/google.rpc.RetryInfo")) {
      end.waitMs = millisecondsOf(RetryInfo.decode(value).retryDelay);
    }
  }
  return end;
}

export function millisecondsOf(duration: Duration | undefined): number {
  return duration === undefined ? 0 : duration.seconds * 1000 + duration.nanos / 1e6;
}

/** Doubles from attempt to attempt, with jitter so that not all clients come back at once. */
export class Backoff {
  #attempts = 0;

  nextMs(): number {
    const longest = Math.min(200 * 2 ** this.#attempts++, 5_000);
    return longest / 2 + (Math.random() * longest) / 2;
  }

  reset(): void {
    this.#attempts = 0;
  }
}
