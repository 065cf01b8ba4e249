import type { MethodImpl } from "@connectrpc/connect";
import { Reason } from "@parley/contract";
import {
  type Health,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from "@parley/contract/grpc/health/v1/health";
import { parleyError } from "../../errors/parley-error.ts";
import { isKnown, type Readiness, servingStatus } from "./serving-status.ts";

/**
 * `grpc.health.v1.Health.Watch`. It stays open for as long as its client likes, so at most `limit` run at once;
 * one more ends with `SERVER_FULL`.
 */
export function watch(readiness: Readiness, limit: number): MethodImpl<typeof Health.method.watch> {
  let watching = 0;
  return async function* ({ service }, { signal }) {
    if (watching >= limit)
      throw parleyError(Reason.SERVER_FULL, `this node already has ${limit} health watchers`);
    watching++;
    signal.addEventListener("abort", () => watching--, { once: true });
    const known = isKnown(service);
    if (!known) yield { status: ServingStatus.SERVICE_UNKNOWN };
    for await (const ready of readiness.changes(signal)) if (known) yield { status: servingStatus(ready) };
    if (!signal.aborted) throw parleyError(Reason.GOING_AWAY, "this node is stopping");
  };
}
