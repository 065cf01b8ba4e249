import type { Health } from "../../ops/health.ts";
import type { LeaseState } from "./lease.ts";

/** What a bridge has to do with its devices. */
export interface BridgeCounts {
  /** Devices that have spoken lately. */
  readonly devices: number;
  /** Those of them that have a stream at the service, or are opening one. */
  readonly streams: number;
  /** Messages from devices since the start. A standby counts them too. */
  readonly received: number;
  /** Messages to devices that the broker has taken since the start. */
  readonly sent: number;
  /** Messages to devices that wait for the broker. */
  readonly waiting: number;
}

const states: Readonly<Record<LeaseState, string>> = {
  active: "ready: active",
  standby: "ready: standing by",
  connecting: "broker: not connected",
};

/** The answer to `/readyz`: the state in the first line, and then one count per line. */
export function healthOf(state: LeaseState, counts: BridgeCounts, isStopping: boolean): Health {
  const first = isStopping ? "stopping" : states[state];
  const lines = Object.entries(counts).map(([name, count]) => `${name} ${count}`);
  return {
    live: true,
    ready: !isStopping && state !== "connecting",
    message: [first, ...lines].join("\n"),
  };
}
