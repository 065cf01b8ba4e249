import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Connection } from "../net/connection.ts";
import type { WriteWatch } from "../net/write-watch.ts";
import type { Timers } from "../time/timers.ts";
import type { WireFault } from "./wire-error.ts";

/** A connection of HTTP/1.1 whose client asks to speak another protocol on it (RFC 9110, section 7.8). */
export interface Upgrade {
  readonly request: IncomingMessage;
  /** Its errors are listened to. */
  readonly socket: Socket;
  /** The first bytes behind the request. */
  readonly head: Buffer;
  readonly connection: Connection;
  /** Watches what waits for the client. */
  readonly writes: WriteWatch;
  readonly timers: Timers;
  /** Why the request may not be served; undefined if it may. */
  readonly fault: WireFault | undefined;
}

/** A way into the service that takes over connections of HTTP/1.1. */
export interface UpgradeDoor {
  /** Whether a request asks for this door. One that asks for none is served as if it had no `Upgrade`. */
  takes(request: IncomingMessage): boolean;
  /** Takes the connection over, or answers why not. */
  open(upgrade: Upgrade): void;
  /** The port closes: ends the streams that no session ends. */
  close(): void;
}
