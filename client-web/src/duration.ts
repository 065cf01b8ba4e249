import type { Duration, Timestamp } from "@parley/contract/plain";

/** A duration of the contract, in milliseconds. */
export function millisecondsOf({ seconds, nanos }: Duration | Timestamp): number {
  return Number(seconds) * 1000 + nanos / 1e6;
}
