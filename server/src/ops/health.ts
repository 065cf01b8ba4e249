import type { IncomingMessage, ServerResponse } from "node:http";
import type { Switchboard } from "../switchboard/switchboard.ts";
import { systemClock } from "../time/clock.ts";

/** What the two checks of a container platform ask. */
export interface Health {
  /** The process works. */
  readonly live: boolean;
  /** New streams are welcome here. */
  readonly ready: boolean;
  /** Why not, or what there is to see to, for people. */
  readonly message: string;
}

/** Asks the engine, and gives up after `timeoutMs`. */
export async function checkHealth(
  switchboard: Pick<Switchboard, "probe">,
  isDraining: () => boolean,
  timeoutMs = 2000,
): Promise<Health> {
  if (isDraining()) return { live: true, ready: false, message: "stopping" };
  const { promise: late, reject } = Promise.withResolvers<never>();
  const cancel = systemClock.after(timeoutMs, () => reject(new Error("no answer in time")));
  try {
    const warning = await Promise.race([switchboard.probe(), late]);
    return { live: true, ready: true, message: warning === undefined ? "ready" : `ready, but: ${warning}` };
  } catch (error) {
    return {
      live: true,
      ready: false,
      message: `storage: ${error instanceof Error ? error.message : error}`,
    };
  } finally {
    cancel();
  }
}

/** Answers `/healthz` (liveness) and `/readyz` (readiness); false for any other path. */
export function serveHealth(
  request: Pick<IncomingMessage, "url" | "method">,
  response: ServerResponse,
  check: () => Promise<Health>,
): boolean {
  const path = request.url?.split("?")[0];
  if (path !== "/healthz" && path !== "/readyz") return false;
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.writeHead(405, { allow: "GET, HEAD" });
    response.end();
    return true;
  }
  const answer = (ok: boolean, message: string) => {
    response.writeHead(ok ? 200 : 503, { "content-type": "text/plain", "cache-control": "no-store" });
    response.end(`${message}\n`);
  };
  if (path === "/healthz") answer(true, "alive");
  else void check().then(({ ready, message }) => answer(ready, message));
  return true;
}
