import { Code, ConnectError } from "@connectrpc/connect";
import { SignalingService } from "@parley/contract";
import { HealthCheckResponse_ServingStatus as ServingStatus } from "@parley/contract/grpc/health/v1/health";

/** Whether new sessions are welcome on this node, as the health checks report it. */
export interface Readiness {
  ready(): Promise<boolean>;
  /** Yields the state now and after each change, until `signal` is aborted or the node stops. */
  changes(signal: AbortSignal): AsyncIterable<boolean>;
}

/** The names that a health check may ask about: the server as a whole, and its service. */
const services: readonly string[] = ["", SignalingService.typeName];

export function isKnown(service: string): boolean {
  return services.includes(service);
}

export function servingStatus(ready: boolean): ServingStatus {
  return ready ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
}

export function unknownService(service: string): ConnectError {
  return new ConnectError(`this server has no service ${service.toWellFormed()}`, Code.NotFound);
}
