import type { Clock } from "../clock.ts";
import type { SignalBody } from "../session/signals.ts";
import type { LinkConnection } from "./link-connection.ts";
import type { LinkMedia } from "./link-media.ts";
import type { Rebuilt } from "./peer-link-events.ts";

/** How long a connection is given before it may be replaced again by this side, in milliseconds. */
const rebuildEveryMs = 60_000;

/** What a replaceable connection needs of its link. */
export interface ReplaceableConnectionHost {
  readonly clock: Clock;
  readonly media: LinkMedia;
  connect(): LinkConnection;
  say(body: SignalBody): void;
  rebuilt(rebuilt: Rebuilt): void;
}

/** The connection of a link, which both sides replace by a new one when it cannot be repaired. */
export class ReplaceableConnection {
  readonly #host: ReplaceableConnectionHost;
  #current: LinkConnection;
  #replacedAt = Number.NEGATIVE_INFINITY;
  /**
   * The connection that was replaced while the peer has not replaced its own. It is closed only then, as that closes
   * the peer's end too: to the peer, this side would have hung up.
   */
  #retired: LinkConnection | undefined;

  constructor(host: ReplaceableConnectionHost) {
    this.#host = host;
    this.#current = host.connect();
  }

  get current(): LinkConnection {
    return this.#current;
  }

  /** Whether the peer still speaks of the old connection. */
  get waitsForPeer(): boolean {
    return this.#retired !== undefined;
  }

  /** Replaces the connection on both sides. Returns false if it was replaced just now. */
  rebuild(): boolean {
    if (this.#host.clock.now() - this.#replacedAt < rebuildEveryMs) return false;
    this.#retired = this.#replace();
    return true;
  }

  /** The peer has replaced its connection: because this side did, or because this side should. */
  peerRebuilt(): void {
    if (this.#retired === undefined) return this.#replace().close();
    this.#retired.close();
    this.#retired = undefined;
  }

  /** Signals reach the peer again. */
  resume(): void {
    if (this.#retired !== undefined) this.#host.say({ kind: "restart", rebuild: true });
    this.#current.negotiation.resume();
  }

  close(): void {
    this.#retired?.close();
    this.#current.close();
  }

  /** Goes on over a new connection; returns the old one. */
  #replace(): LinkConnection {
    const { clock, media } = this.#host;
    this.#replacedAt = clock.now();
    // Before anything that belongs to the new connection.
    this.#host.say({ kind: "restart", rebuild: true });
    const previous = this.#current;
    previous.retire();
    this.#current = this.#host.connect();
    const { connection } = this.#current;
    const channels = media.move(previous.connection, connection);
    this.#host.rebuilt({ connection, previous: previous.connection, channels });
    return previous;
  }
}
