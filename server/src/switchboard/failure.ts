import type { Reason } from "@parley/contract";

/** Why something was refused. */
export interface Failure {
  readonly reason: Reason;
  readonly message: string;
  readonly retryAfterMs?: number;
}
