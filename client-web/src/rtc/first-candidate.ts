import type { Clock } from "../clock.ts";

/** How long to wait for the first candidate, in milliseconds; one of the own host takes some dozens. */
const patienceMs = 1_000;

/**
 * Resolves once a connection has found a candidate for its local description, or knows that there is none; after
 * a second at the latest, and when `signal` is aborted.
 *
 * Chromium (seen in 156) never finds any candidate on a connection whose first offer is rolled back before the
 * first one was found, about once in some hundred times. An ICE restart does not mend it.
 */
export function firstCandidate(
  connection: RTCPeerConnection,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const found = /^a=candidate:/m.test(connection.localDescription?.sdp ?? "");
  if (found || connection.iceGatheringState === "complete" || signal.aborted) return Promise.resolve();
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
