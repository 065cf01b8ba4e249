import type { Socket } from "node:net";
import type { Connection } from "./connection.ts";

/** A way into the service that speaks its own protocol on whole connections. */
export interface ConnectionDoor {
  /** The name of the protocol in ALPN (RFC 7301): over TLS, a client that negotiates it gets this door. */
  readonly alpn: string;
  /** How every connection of the protocol begins. Absent for the one door that takes what no other one recognizes. */
  readonly preface?: Buffer;
  /**
   * Takes a connection over. Its first bytes, with the preface, are still to be read. Its errors are listened to, it is
   * half-open when its client ends its side, and it is the door that limits how long it may say nothing.
   */
  open(socket: Socket, connection: Connection): void;
  /** No new connection comes. Asks clients to use those that are open for nothing new; what is under way goes on. */
  drain(): void;
  /** The port closes: ends what no session ends. */
  close(): void;
}
