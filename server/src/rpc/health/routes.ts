import { Health } from "@parley/contract/grpc/health/v1/health";
import type { Route } from "../call.ts";
import { openTyped, type TypedCallOptions } from "../typed-call.ts";
import { check } from "./check.ts";
import type { Readiness } from "./serving-status.ts";
import { watch } from "./watch.ts";

/** `grpc.health.v1.Health`. */
export function healthRoutes(readiness: Readiness, watchers: number, options: TypedCallOptions): Route[] {
  const { method } = Health;
  return [
    { method: method.check, open: openTyped(method.check, check(readiness), options) },
    { method: method.watch, open: openTyped(method.watch, watch(readiness, watchers), options) },
  ];
}
