import type { Duration, Timestamp } from "@parley/contract/plain";

/** A duration of the contract, in milliseconds; 0 if it is not given. */
export function millisecondsOf(duration: Duration | Timestamp | undefined): number {
  return duration === undefined ? 0 : Number(duration.seconds) * 1000 + duration.nanos / 1e6;
}
