import type { MethodImpl } from "@connectrpc/connect";
import type { Health } from "@parley/contract/grpc/health/v1/health";
import { isKnown, type Readiness, servingStatus, unknownService } from "./serving-status.ts";

/** `grpc.health.v1.Health.Check`. */
export function check(readiness: Readiness): MethodImpl<typeof Health.method.check> {
  return async ({ service }) => {
    if (!isKnown(service)) throw unknownService(service);
    return { status: servingStatus(await readiness.ready()) };
  };
}
