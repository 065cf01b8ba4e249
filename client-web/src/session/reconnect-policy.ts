import type { SignalingError } from "../signaling-error.ts";

/**
 * Says how long to wait before a session is taken up again, in milliseconds, or null to give it up.
 *
 * `attempt` counts from 0 and starts over once a stream has held for a while; after one that opened and did not
 * hold, it is 4 at most. `error` is why the last stream
 * or attempt failed. Where the server asked for a longer wait, that is kept.
 */
export type ReconnectPolicy = (attempt: number, error: SignalingError) => number | null;

/** Options of `backoff`. */
export interface BackoffOptions {
  /** The longest first wait, in milliseconds. @default 250 */
  readonly firstMs?: number;
  /** The longest wait at all, in milliseconds. @default 10000 */
  readonly maxMs?: number;
  /** How often to try before giving up. @default Infinity */
  readonly attempts?: number;
  /** A number from 0 up to, but not including, 1. @default Math.random */
  readonly random?: () => number;
}

/**
 * Exponential backoff with full jitter: a wait between nothing and a bound that doubles each time, so that
 * the clients of a failed node do not come back all at once.
 */
export function backoff(options: BackoffOptions = {}): ReconnectPolicy {
  const {
    firstMs = 250,
    maxMs = 10_000,
    attempts = Number.POSITIVE_INFINITY,
    random = Math.random,
  } = options;
  return (attempt) => (attempt >= attempts ? null : random() * Math.min(maxMs, firstMs * 2 ** attempt));
}
