import { ErrorInfoSchema, SignalingService } from "@parley/contract";
import type { Config } from "./config/config.ts";
import type { OpenCall, Route } from "./rpc/call.ts";
import { healthRoutes } from "./rpc/health/routes.ts";
import type { Readiness } from "./rpc/health/serving-status.ts";
import { salvageBatch, salvageSignal } from "./rpc/json-salvage.ts";
import { reflectionRoutes } from "./rpc/reflection/routes.ts";
import { openSignal } from "./rpc/signal.ts";
import type { SessionContext } from "./session/session-context.ts";

/** What serves the two halves of a session, over whichever doors: all share the batches that wait. */
export interface Halves {
  readonly receive: OpenCall;
  readonly sendSignals: OpenCall;
}

/** Every RPC that clients may call. */
export function publicRoutes(
  config: Config,
  context: SessionContext,
  halves: Halves,
  readiness: Readiness,
): Route[] {
  const { signal, receive, sendSignals } = SignalingService.method;
  const { timers, onError } = context;
  const typed = { timers, requestTimeoutMs: config.firstMessageMs, onError };
  const routes = [
    { method: signal, open: openSignal(context), salvage: salvageSignal },
    { method: receive, open: halves.receive },
    { method: sendSignals, open: halves.sendSignals, salvage: salvageBatch(config.batchSignals) },
    ...healthRoutes(readiness, config.healthWatchers, typed),
  ];
  // Tools show the details of an error if they can look up its types.
  return config.reflection ? [...routes, ...reflectionRoutes(routes, [ErrorInfoSchema.file], typed)] : routes;
}
