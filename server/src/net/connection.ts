import type { Socket } from "node:net";
import type { Caller, Refusal } from "../admission/caller.ts";
import type { AddressLimits } from "./address-limits.ts";
import type { CutCause } from "./cut-cause.ts";
import { type GateKeeper, StreamGate } from "./stream-gate.ts";
import type { UnsentCarrier, WriteWatch } from "./write-watch.ts";

/** What a connection asks of the table that holds it. */
export interface ConnectionHost {
  readonly addresses: AddressLimits;
  readonly gates: GateKeeper;
  readonly writes: WriteWatch;
  trusts(peer: string): boolean;
  clientOf(connection: Connection, forwardedFor: string): string;
  refusalOf(connection: Connection): Refusal | undefined;
  proved(connection: Connection): void;
}

/** One connection to this node: whom it speaks for, whether it has proved itself, and what waits on it. */
export class Connection implements Caller, UnsentCarrier {
  readonly socket: Socket;
  readonly gate: StreamGate;
  /** The address at the other end: that of a proxy, if one is in front. */
  readonly peer: string;
  /** Whose limits count, unless a header of a request names another client. */
  client: string;
  /** The client whose connections this one counts among; undefined if it counts for nobody. */
  counted: string | undefined;
  /** Whether it carries a session, or has shown the token of one. */
  proven = false;
  unsent = 0;
  /** Why this node closed it; undefined while it is open, and if its client did. */
  cause: CutCause | undefined;
  readonly #host: ConnectionHost;
  readonly #isProxy: boolean;
  /** The key of the limits of a client, which every request asks for, and that client. */
  #key: string | undefined;
  #keyOf: string | undefined;

  constructor(socket: Socket, peer: string, host: ConnectionHost) {
    this.socket = socket;
    this.peer = peer;
    this.#isProxy = host.trusts(peer);
    this.client = peer;
    this.#host = host;
    this.gate = new StreamGate(host.gates, Number.POSITIVE_INFINITY);
  }

  /** Whether it is that of a trusted proxy which has not said for whom it speaks: then the limits of an address are not its own. */
  get isExempt(): boolean {
    return this.#isProxy && this.client === this.peer;
  }

  /** Watches what waits for its client. */
  get writes(): WriteWatch {
    return this.#host.writes;
  }

  get address(): string {
    return this.client;
  }

  get limitedAs(): string | undefined {
    if (this.#keyOf !== this.client) {
      this.#keyOf = this.client;
      this.#key = this.limitedAsFor(this.client);
    }
    return this.#key;
  }

  enter(): Refusal | undefined {
    return this.enterFor(this.client);
  }

  leave(): void {
    this.leaveFor(this.client);
  }

  /** As `enter`, for a client behind this connection. */
  enterFor(client: string): Refusal | undefined {
    const refusal = this.#host.refusalOf(this);
    if (refusal !== undefined || (this.#isProxy && client === this.peer)) return refusal;
    return this.#host.addresses.enter(client);
  }

  limitedAsFor(client: string): string | undefined {
    return this.#isProxy && client === this.peer ? undefined : this.#host.addresses.keyOf(client);
  }

  leaveFor(client: string): void {
    if (!this.#isProxy || client !== this.peer) this.#host.addresses.leave(client);
  }

  /**
   * Closes it because of what its client did, or did not do.
   *
   * @param socket that of TLS, if it is known
   */
  cut(cause: CutCause, socket = this.socket): void {
    this.cause ??= cause;
    socket.destroy();
  }

  prove(): void {
    if (this.proven) return;
    this.proven = true;
    this.#host.proved(this);
    this.gate.unlock();
  }

  /** Who makes a request, by what its headers say: the client that a trusted proxy names, or the connection itself. */
  callerOf(forwardedFor: string | undefined): Caller {
    if (forwardedFor === undefined) return this;
    const client = this.#host.clientOf(this, forwardedFor);
    return client === this.client ? this : new ForwardedCaller(this, client);
  }
}

/** A client behind a proxy, whose connection it shares with others. */
class ForwardedCaller implements Caller {
  readonly #connection: Connection;
  readonly address: string;

  constructor(connection: Connection, client: string) {
    this.#connection = connection;
    this.address = client;
  }

  get limitedAs(): string | undefined {
    return this.#connection.limitedAsFor(this.address);
  }

  enter(): Refusal | undefined {
    return this.#connection.enterFor(this.address);
  }

  leave(): void {
    this.#connection.leaveFor(this.address);
  }
}
