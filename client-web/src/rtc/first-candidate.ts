import type { Clock } from "../clock.ts";

/** How long to wait for the first candidate, in milliseconds; one of the own host takes some dozens. */
const patienceMs = 1_000;

/**
 * Waits until a connection that is gathering finds the first candidate for its local description, or finds that there is
 * none. Resolves after a second at the latest, and when `signal` is aborted.
 */
export function firstCandidate(
  connection: RTCPeerConnection,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  if (connection.localDescription?.sdp.includes("candidate:") || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const over = new AbortController();
    const done = () => {
      over.abort();
      stop();
      resolve();
    };
    const stop = clock.after(patienceMs, done);
    // The end of candidates is one of these too.
    connection.addEventListener("icecandidate", done, { signal: over.signal });
    signal.addEventListener("abort", done, { signal: over.signal });
  });
}
