import { Reason } from "@parley/contract";
import type { Failure } from "../switchboard/failure.ts";

/** How many heartbeat intervals a client may be silent, or may not read. */
const missedHeartbeats = 3;

/** Since when a stream has moved nothing. In milliseconds. */
export interface Silence {
  /** How long nothing has come from a client that sends heartbeats; 0 if it need not send any. */
  readonly unheardMs: number;
  /** How long the stream has not taken what is written; 0 while it takes it. */
  readonly blockedMs: number;
}

/** Why a stream ends that has been silent for too long; undefined if it may go on. */
export function silenceFailure({ unheardMs, blockedMs }: Silence, heartbeatMs: number): Failure | undefined {
  const limitMs = heartbeatMs * missedHeartbeats;
  if (unheardMs >= limitMs) {
    return {
      reason: Reason.HEARTBEAT_TIMEOUT,
      message: "nothing was received for three heartbeat intervals",
    };
  }
  if (blockedMs >= limitMs) {
    return { reason: Reason.SLOW_READER, message: "the stream was not read for three heartbeat intervals" };
  }
  return undefined;
}
