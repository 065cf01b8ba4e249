import type { Socket } from "node:net";
import type { Refusal } from "../admission/caller.ts";
import type { Timer, Timers } from "../time/timers.ts";
import { type AddressFigures, AddressLimits } from "./address-limits.ts";
import { isLoopbackAddress } from "./client-address.ts";
import { Connection, type ConnectionHost } from "./connection.ts";
import { GateKeeper } from "./stream-gate.ts";
import { TrustedProxies } from "./trusted-proxies.ts";
import { type UnsentLimits, WriteWatch } from "./write-watch.ts";

/** What clients may use of a node without credentials. */
export interface NetLimits extends AddressFigures {
  /** Connections of the node. */
  readonly nodeConnections: number;
  /** How long a connection may stay that never carried a session, in milliseconds. */
  readonly unprovenMs: number;
  /** How many streams it may have at the same time; more wait. */
  readonly unprovenStreams: number;
  /** Streams that wait so, over all connections. */
  readonly heldStreams: number;
  /** Whether the limits of an address also hold for this machine's own. */
  readonly limitLoopback: boolean;
  /** Addresses and networks whose word counts on whom they speak for. */
  readonly trustedProxies: readonly string[];
  readonly unsent: UnsentLimits;
}

/** For a port that nobody limits, such as that of a test. */
export const noNetLimits: NetLimits = {
  nodeConnections: Number.POSITIVE_INFINITY,
  sessions: Number.POSITIVE_INFINITY,
  connections: Number.POSITIVE_INFINITY,
  joins: { burst: Number.MAX_SAFE_INTEGER, perSecond: Number.MAX_SAFE_INTEGER },
  handshakes: { burst: Number.MAX_SAFE_INTEGER, perSecond: Number.MAX_SAFE_INTEGER },
  unprovenMs: 30_000,
  unprovenStreams: 4,
  heldStreams: 4000,
  limitLoopback: false,
  trustedProxies: [],
  unsent: {
    stallMs: 10_000,
    slowMs: 60_000,
    bytesPerSecond: 1024,
    connectionBytes: 8 * 1024 * 1024,
    nodeBytes: 256 * 1024 * 1024,
  },
};

/** What the operator should know. */
export interface NetEvents {
  /** The node has as many connections as it may: those that never carried a session give way. */
  readonly onFull: (connections: number) => void;
  /** A peer that is not a trusted proxy claims, in this header, to speak for others. Called once. */
  readonly onUntrustedProxy: (peer: string, header: string) => void;
}

/** How long a client waits while this node is short of memory, or its connection does not read, in milliseconds. */
const reliefMs = 2000;
/** Connections without a session that stay while the node is short of memory, so that probes are answered. */
const unprovenWhenShort = 32;

/** All connections of a node, and what they may use. */
export class ConnectionTable implements ConnectionHost {
  readonly addresses: AddressLimits;
  readonly gates: GateKeeper;
  readonly writes: WriteWatch;
  /** Set while memory is short: no session begins, and connections without one make room for each other. */
  shortOfMemory = false;
  readonly #limits: NetLimits;
  readonly #timers: Timers;
  readonly #events: NetEvents;
  readonly #proxies: TrustedProxies;
  /** Those without a session, the oldest first, with the end of their time. */
  readonly #unproven = new Map<Connection, Timer | undefined>();
  #size = 0;
  #toldOfProxy = false;

  constructor(limits: NetLimits, timers: Timers, events: NetEvents) {
    this.#limits = limits;
    this.#timers = timers;
    this.#events = events;
    this.#proxies = new TrustedProxies(limits.trustedProxies);
    this.gates = new GateKeeper(limits.heldStreams);
    this.writes = new WriteWatch(limits.unsent, timers);
    this.addresses = new AddressLimits(
      limits,
      () => timers.now(),
      (address) => !limits.limitLoopback && isLoopbackAddress(address),
    );
  }

  get size(): number {
    return this.#size;
  }

  get unproven(): number {
    return this.#unproven.size;
  }

  /** Takes a new connection; undefined if it was closed, because there are too many. */
  accept(socket: Socket): Connection | undefined {
    const connection = new Connection(socket, socket.remoteAddress ?? "", this);
    const { peer, isExempt } = connection;
    if (!this.#makeRoom() || !(isExempt || this.addresses.connect(peer))) {
      socket.destroy();
      return undefined;
    }
    if (!isExempt) connection.counted = peer;
    this.#size++;
    this.#unproven.set(connection, undefined);
    if (!isExempt && !this.addresses.isExempt(peer)) this.#limit(connection);
    socket.on("close", () => this.#closed(connection));
    return connection;
  }

  /** A trusted proxy has said for whom it opened this connection. False if the connection was closed. */
  speakFor(connection: Connection, client: string): boolean {
    if (!this.addresses.connect(client)) {
      connection.socket.destroy();
      return false;
    }
    connection.client = client;
    connection.counted = client;
    if (!this.addresses.isExempt(client)) this.#limit(connection);
    return true;
  }

  /** Until it has proved itself, a connection has little time and few streams. */
  #limit(connection: Connection): void {
    const { unprovenMs, unprovenStreams } = this.#limits;
    connection.gate.lock(unprovenStreams);
    this.#unproven.set(
      connection,
      this.#timers.after(unprovenMs, () => connection.cut("noSession")),
    );
  }

  trusts(peer: string): boolean {
    return this.#proxies.trusts(peer);
  }

  /** The client that `X-Forwarded-For` names, if the peer may say so. */
  clientOf(connection: Connection, forwardedFor: string): string {
    if (this.#proxies.trusts(connection.client)) {
      return this.#proxies.clientBehind(connection.client, forwardedFor);
    }
    this.noteUntrusted(connection.peer, "X-Forwarded-For");
    return connection.client;
  }

  /** A client claims by a header to speak for others, and may not. */
  noteUntrusted(peer: string, header: string): void {
    if (this.#toldOfProxy) return;
    this.#toldOfProxy = true;
    this.#events.onUntrustedProxy(peer, header);
  }

  /** Why no session may begin on this connection now. */
  refusalOf(connection: Connection): Refusal | undefined {
    if (this.shortOfMemory)
      return { kind: "node", message: "this node is short of memory", retryAfterMs: reliefMs };
    if (!this.writes.isFull(connection)) return undefined;
    return {
      kind: "client",
      message: "this connection does not read the data sent to it",
      retryAfterMs: reliefMs,
    };
  }

  /** A connection carries a session: it may stay. */
  proved(connection: Connection): void {
    this.#timers.cancel(this.#unproven.get(connection));
    this.#unproven.delete(connection);
  }

  #closed(connection: Connection): void {
    this.#size--;
    this.proved(connection);
    connection.gate.close();
    if (connection.counted !== undefined) this.addresses.disconnect(connection.counted);
  }

  /** Closes the oldest connection without a session if there are too many; false if there is none. */
  #makeRoom(): boolean {
    const { nodeConnections } = this.#limits;
    const isFull = this.#size >= nodeConnections;
    if (isFull) this.#events.onFull(nodeConnections);
    else if (!this.shortOfMemory || this.#unproven.size < unprovenWhenShort) return true;
    const [oldest] = this.#unproven.keys();
    if (oldest === undefined) return !isFull;
    // Not counted from now on: its "close" comes later.
    this.proved(oldest);
    oldest.cut("full");
    return true;
  }
}
