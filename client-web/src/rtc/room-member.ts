import type { PeerInfo } from "../session/peer-info.ts";
import type { LeaveCause } from "../session/signaling-events.ts";
import type { IncomingSignal } from "../session/signals.ts";
import { LinkTable } from "./link-table.ts";
import type { PeerLink } from "./peer-link.ts";

/** How many signals of a session are kept until it is known whose it is. */
const heldCapacity = 256;

/**
 * A person in the room, as the application knows it: a name, one session after another, and the links that
 * outlive them.
 */
export class RoomMember {
  /** The same object for the whole life of the member; a new session of the same person changes its content. */
  readonly info: PeerInfo;
  readonly table: LinkTable;
  /** Whether the application knows of it. */
  announced = false;
  /** Why its last session ended; while it has none. */
  cause: LeaveCause = "unknown";
  /** Whether signals wait because a proof is being checked. */
  holding = false;
  /** Signals that wait for a decision. */
  #held: IncomingSignal[] = [];
  #stopWaiting: (() => void) | undefined;

  constructor(session: PeerInfo) {
    this.info = session;
    this.table = new LinkTable(session);
  }

  get links(): readonly PeerLink[] {
    return this.table.links;
  }

  hold(signal: IncomingSignal): void {
    if (this.#held.length < heldCapacity) this.#held.push(signal);
  }

  /** Returns what was held, in order. */
  release(): IncomingSignal[] {
    return this.#held.splice(0);
  }

  /** Waits for a proof that it continues an earlier session, before it counts as another peer. */
  awaitProof(stop: () => void): void {
    this.#stopWaiting = stop;
  }

  /** It is known who it is. */
  decided(): void {
    this.#stopWaiting?.();
  }
}
