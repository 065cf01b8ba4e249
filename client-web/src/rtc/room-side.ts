import type { PeerInfo } from "../session/peer-info.ts";
import type { SignalTrace } from "../session/signal-trace.ts";
import type { SignalBody } from "../session/signals.ts";
import type { LinkEnd } from "./peer-link-events.ts";

/** Where a link keeps its `RoomSide`. Not exported from the package: applications have no key to it. */
export const roomSide = Symbol();

/** What its room does to a link. */
export interface RoomSide {
  /** Whether it may still adopt a name: the application gave it none, and the peer has not described its side. */
  adopts(): boolean;
  /** Takes over the name of the peer's offer. */
  adopt(negotiationId: string): void;
  /** Takes a signal of this link, after those before it. */
  receive(body: SignalBody): void;
  /** The peer has no session any more. Returns false if the link cannot go on without. */
  away(): boolean;
  /** The peer has a session again, which has proved that it continues this link. */
  resume(peer: PeerInfo): void;
  /** Takes fresh ICE servers, for the next gathering. */
  configure(): void;
  /** Passes a signal of this link to the listeners. */
  trace(trace: SignalTrace): void;
  /** Ends the link without notifying the peer. */
  end(why: LinkEnd): void;
}
