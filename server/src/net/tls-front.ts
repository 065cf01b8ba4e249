import type { Socket } from "node:net";
import { createServer, type Server, type TLSSocket } from "node:tls";
import type { Timer, Timers } from "../time/timers.ts";
import { PacedQueue } from "./paced-queue.ts";
import type { TlsIdentity } from "./tls-identity.ts";

export interface TlsFrontOptions {
  readonly identity: TlsIdentity;
  /** How long a client may take for its handshake, in milliseconds. */
  readonly handshakeMs: number;
  /** What is spoken here, as ALPN names it, in the order of preference. */
  readonly protocols: readonly string[];
  readonly timers: Timers;
}

/** A connection that waits for its handshake. */
interface Waiting {
  readonly done: (secured: TLSSocket) => void;
  /** Set once the handshake has begun. */
  timer: Timer | undefined;
}

/** How many handshakes begin in one turn of the event loop: the signature of each takes about a millisecond. */
const handshakesPerTurn = 2;

/** Makes TLS connections of TCP connections. Its server only gets its connections from here, and never listens. */
export class TlsFront {
  readonly #server: Server;
  readonly #handshakes = new PacedQueue(handshakesPerTurn);
  readonly #handshakeMs: number;
  readonly #timers: Timers;
  /** Who waits for a handshake, by the address and port of its client: all that Node's two sockets have in common. */
  readonly #waiting = new Map<string, Waiting>();

  constructor({ identity, handshakeMs, protocols, timers }: TlsFrontOptions) {
    this.#handshakeMs = handshakeMs;
    this.#timers = timers;
    const asksClients = identity.clientCa !== undefined;
    this.#server = createServer({
      ...contextOf(identity),
      // None of Node's own: it would run before the sockets are read.
      handshakeTimeout: -1,
      ALPNProtocols: [...protocols],
      requestCert: asksClients,
      rejectUnauthorized: asksClients,
    });
    this.#server.on("secureConnection", (secured: TLSSocket) => {
      secured.on("error", ignore);
      const waiting = this.#waiting.get(keyOf(secured));
      if (waiting === undefined) return void secured.destroy();
      this.#timers.cancel(waiting.timer);
      waiting.done(secured);
    });
  }

  /** Shows another certificate from now on; connections that are open stay. */
  use(identity: TlsIdentity): void {
    this.#server.setSecureContext(contextOf(identity));
  }

  /**
   * Shakes hands once the client begins to, and hands on the secured connection; a handshake that fails closes it.
   *
   * @param socket whose errors its owner listens to
   */
  secure(socket: Socket, done: (secured: TLSSocket) => void): void {
    const key = keyOf(socket);
    const waiting: Waiting = { done, timer: undefined };
    // As Node has it for HTTPS. A client that goes in the middle of its handshake would stay half-open.
    socket.allowHalfOpen = false;
    this.#waiting.set(key, waiting);
    socket.once("close", () => {
      this.#timers.cancel(waiting.timer);
      // A client that reset this connection can have another one from the same port before its end is reported here.
      if (this.#waiting.get(key) === waiting) this.#waiting.delete(key);
    });
    socket.once("readable", () => {
      this.#handshakes.add(() => {
        if (socket.destroyed) return;
        waiting.timer = this.#timers.after(this.#handshakeMs, () => socket.destroy());
        this.#server.emit("connection", socket);
      });
    });
  }
}

function contextOf({ cert, key, clientCa }: TlsIdentity) {
  return clientCa === undefined ? { cert, key } : { cert, key, ca: clientCa };
}

function keyOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

function ignore(): void {}
