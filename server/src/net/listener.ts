import { createServer, type Server, type Socket } from "node:net";
import type { Clock } from "../time/clock.ts";
import type { Timers } from "../time/timers.ts";
import type { Connection } from "./connection.ts";
import type { ConnectionDoor } from "./connection-door.ts";
import { ConnectionTable, type NetEvents, type NetLimits } from "./connection-table.ts";
import { PacedQueue } from "./paced-queue.ts";
import { readProxyHeader } from "./proxy-header.ts";
import { takeProxyHeader } from "./proxy-preface.ts";
import { recognize } from "./recognize.ts";
import { TlsFront } from "./tls-front.ts";
import type { TlsIdentity } from "./tls-identity.ts";

export interface ListenerOptions {
  /** Asked in this order; over TLS it is also that of preference. */
  readonly doors: readonly ConnectionDoor[];
  readonly limits: NetLimits;
  readonly events: NetEvents;
  /** Absent for clear text. */
  readonly tls: TlsIdentity | undefined;
  /** How long a client may take for the PROXY protocol, for its handshake and for its preface, each, in milliseconds. */
  readonly silenceMs: number;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly onError: (error: unknown) => void;
}

/**
 * How many connections are handed to their doors in one turn of the event loop: the first request of each takes about a
 * tenth of a millisecond, and the system reports up to 1024 connections that have something to read at the same time.
 */
const openedPerTurn = 16;

/**
 * Takes TCP connections, and hands each to the door that speaks its protocol. In this order: the limits of the node and
 * of the address, the header of the PROXY protocol, TLS, ALPN or the first bytes. It owns what holds for every door:
 * limits, write deadlines, and the end of all connections.
 */
export class Listener {
  readonly #options: ListenerOptions;
  readonly #table: ConnectionTable;
  readonly #tls: TlsFront | undefined;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Those that have not said what they want yet, such as the spare ones of a browser. */
  readonly #silent = new Set<Socket>();
  readonly #newcomers = new PacedQueue(openedPerTurn);
  #draining = false;

  constructor(options: ListenerOptions) {
    this.#options = options;
    const { doors, limits, events, timers, tls, silenceMs } = options;
    this.#table = new ConnectionTable(limits, timers, events);
    const protocols = doors.map(({ alpn }) => alpn);
    this.#tls = tls && new TlsFront({ identity: tls, handshakeMs: silenceMs, protocols, timers });
    // Half-open for HTTP/1.1, as Node has it: a client may end its side and wait for the response.
    const tcp = { allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 };
    this.#server = createServer(tcp, (socket) => this.#accept(socket));
  }

  /** Resolves with the port. Rejects with the error of the operating system. */
  listen({ host, port }: { readonly host: string; readonly port: number }): Promise<{ port: number }> {
    const { promise, resolve, reject } = Promise.withResolvers<{ port: number }>();
    this.#server.once("error", reject);
    this.#server.listen(port, host, () => {
      this.#server.off("error", reject);
      // For good: accepting can fail at any time (EMFILE), and an error without a listener ends the process.
      this.#server.on("error", (cause) =>
        this.#options.onError(new Error("a connection could not be accepted", { cause })),
      );
      const address = this.#server.address();
      resolve({ port: typeof address === "object" && address !== null ? address.port : port });
    });
    return promise;
  }

  /** Shows another certificate to clients that connect from now on. No effect without TLS. */
  useTls(identity: TlsIdentity): void {
    this.#tls?.use(identity);
  }

  /** Takes no new connection; the doors ask their clients to use what is open for nothing new. */
  drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    this.#server.close();
    for (const door of this.#options.doors) door.drain();
  }

  /**
   * Takes no new connection, and destroys what the doors have not ended after `graceMs`. Resolves when no connection is
   * open, with how many had to be destroyed.
   */
  async close(graceMs: number): Promise<{ connectionsCut: number }> {
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    for (const door of this.#options.doors) door.close();
    for (const socket of this.#silent) socket.destroy();
    let connectionsCut = 0;
    const destroyAll = () => {
      connectionsCut = this.#sockets.size;
      for (const socket of this.#sockets) socket.destroy();
    };
    const cancel = this.#options.clock.after(graceMs, destroyAll);
    await closed;
    cancel();
    return { connectionsCut };
  }

  get shortOfMemory(): boolean {
    return this.#table.shortOfMemory;
  }

  set shortOfMemory(isShort: boolean) {
    this.#table.shortOfMemory = isShort;
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", ignore);
    // It comes once; `once` would keep three more objects for each connection.
    socket.on("close", () => this.#sockets.delete(socket));
    const connection = this.#table.accept(socket);
    if (connection === undefined) return;
    if (!this.#table.trusts(connection.peer)) return this.#begin(socket, connection);
    this.#whileSilent(socket);
    const { timers, silenceMs } = this.#options;
    takeProxyHeader(socket, timers, silenceMs, (client) => {
      if (client === undefined || this.#table.speakFor(connection, client)) this.#begin(socket, connection);
    });
  }

  /** Its first byte is one of its client. */
  #begin(socket: Socket, connection: Connection): void {
    if (this.#tls === undefined) return this.#recognize(socket, connection);
    // A handshake is dear: a client that begins too many of them gets none.
    const { addresses } = this.#table;
    if (!connection.isExempt && !addresses.shakeHands(connection.client)) return void socket.destroy();
    this.#whileSilent(socket);
    const { timers, silenceMs, doors } = this.#options;
    const timer = timers.after(silenceMs, () => socket.destroy());
    const begun = () => timers.cancel(timer);
    socket.once("readable", begun);
    socket.once("close", begun);
    this.#tls.secure(socket, (secured) => {
      const door = doors.find(({ alpn }) => alpn === secured.alpnProtocol);
      if (door === undefined) this.#recognize(secured, connection);
      else door.open(secured, connection);
    });
  }

  #recognize(socket: Socket, connection: Connection): void {
    // Half a preface says nothing yet.
    this.#silent.add(socket);
    const over = () => this.#silent.delete(socket);
    socket.once("close", over);
    const { doors, timers, silenceMs } = this.#options;
    recognize(socket, doors, timers, silenceMs, (door, bytes) => {
      const isHeader = readProxyHeader(bytes).kind === "header";
      if (isHeader) this.#table.noteUntrusted(connection.peer, "a header of the PROXY protocol");
      this.#newcomers.add(() => {
        socket.off("close", over);
        over();
        if (!socket.destroyed) door.open(socket, connection);
      });
    });
  }

  /** Counts a connection as one that has said nothing, until its first bytes come. */
  #whileSilent(socket: Socket): void {
    this.#silent.add(socket);
    const over = () => {
      this.#silent.delete(socket);
      // What a socket listens to, it keeps as long as it is open.
      socket.off("readable", over);
      socket.off("close", over);
    };
    socket.once("readable", over);
    socket.once("close", over);
  }
}

/** For the errors of a socket, which "close" reports as well: without a listener they would end the process. */
function ignore(): void {}
