import { Reason } from "@parley/contract";
import type { Failure } from "./failure.ts";

/**
 * Refuses a number that is not above the last one that the engine gave to a signal without a number. The signal may be
 * a repeat or a new one, and a new one that is taken for a repeat is lost.
 */
export function seqTaken(expected: number, seq: number): Failure {
  return {
    reason: Reason.SEQ_TAKEN,
    message: `expected seq ${expected}, got ${seq}: the server gave this number, or a later one, to a signal that had none`,
  };
}
