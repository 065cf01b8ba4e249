import { abortable } from "../abortable.ts";
import type { Clock } from "../clock.ts";
import type { SessionTransport } from "../session/session-transport.ts";
import { clientError } from "../signaling-error.ts";

/** How long a transport may take to load, and what ends the wait. */
export interface LoadOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** A transport whose code is loaded first. Rejects with a `SignalingError`: `NETWORK`, `TIMEOUT` or `ABORTED`. */
export function loadTransport(
  load: () => Promise<SessionTransport>,
  { clock, timeoutMs, signal }: LoadOptions,
): Promise<SessionTransport> {
  const loading = new Promise<SessionTransport>((resolve, reject) => {
    const stop = clock.after(timeoutMs, () => reject(clientError("TIMEOUT", "the transport did not load")));
    load()
      .then(resolve, (cause: unknown) => reject(clientError("NETWORK", "the transport did not load", cause)))
      .finally(stop);
  });
  return abortable(signal, loading);
}
