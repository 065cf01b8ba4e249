import { type LeaveReason, type Reason, reasonName } from "@parley/contract";
import type { Observer } from "../../server/src/telemetry/observer.ts";
import { leaveReasons } from "./listener.ts";

/** An observer that keeps what it is notified of, in words. */
export class EventLog implements Observer {
  readonly events: string[] = [];

  /** The events since the last time. */
  take(): string[] {
    return this.events.splice(0);
  }

  joined(): void {
    this.events.push("joined");
  }

  waits(): void {
    this.events.push("waits");
  }

  resumed(): void {
    this.events.push("resumed");
  }

  detached(): void {
    this.events.push("detached");
  }

  ended(leave: LeaveReason, cause: Reason | undefined): void {
    this.events.push(`ended ${leaveReasons[leave]}${cause === undefined ? "" : ` ${reasonName(cause)}`}`);
  }

  relayed(signals: number): void {
    for (let i = 0; i < signals; i++) this.events.push("relayed");
  }

  rejected(reason: Reason): void {
    this.events.push(`rejected ${reasonName(reason)}`);
  }

  refused(reason: Reason): void {
    this.events.push(`refused ${reasonName(reason)}`);
  }

  streamEnded(reason: Reason | undefined): void {
    this.events.push(`stream ended${reason === undefined ? "" : ` ${reasonName(reason)}`}`);
  }

  bounded(reason: Reason): void {
    this.events.push(`bounded ${reasonName(reason)}`);
  }
}
