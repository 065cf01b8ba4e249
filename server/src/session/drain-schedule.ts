/** How many milliseconds it takes a server to welcome one client back, roughly. */
const msPerReturn = 0.5;
/** How long the news that a connection takes no more may be on its way to a client, in milliseconds. */
const newsMs = 500;

/** When the clients of a draining node move, in milliseconds of its clock. */
export interface DrainSchedule {
  /** From when a client that opens another stream reaches another node: its connection here takes no more. */
  readonly moveFrom: number;
  /** By when the last one should have moved. */
  readonly moveBy: number;
}

/** When clients move to other nodes, and when their connections are closed to new requests before that. */
export function moveSchedule(
  now: number,
  drainMs: number,
  drainDelayMs: number,
): DrainSchedule & { readonly connectionsUntil: number } {
  const delayMs = Math.min(drainDelayMs, drainMs / 2);
  const moveAfterMs = delayMs + Math.min(newsMs, delayMs);
  // The second half of the rest is for those who come late.
  return {
    connectionsUntil: now + delayMs,
    moveFrom: now + moveAfterMs,
    moveBy: now + (moveAfterMs + Math.max(drainMs, moveAfterMs)) / 2,
  };
}

/** When clients come back to the process that follows this one: the more they are, the longer it takes. */
export function returnSchedule(now: number, sessions: number): DrainSchedule {
  return { moveFrom: now, moveBy: now + sessions * msPerReturn };
}
