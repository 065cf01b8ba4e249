import type { Peer } from "@parley/contract";
import { millisecondsOf } from "./duration.ts";

/** Another peer in the room, or this one. */
export interface PeerInfo {
  /** Its name, unique in the room at any moment. */
  readonly peerId: string;
  /** What it said of itself when it joined. */
  readonly metadata: Readonly<Record<string, string>>;
  /**
   * Whether this side is the polite one toward it (W3C WebRTC, "perfect negotiation"). The side that is not
   * makes the first offer.
   */
  readonly polite: boolean;
  /** When it joined. */
  readonly joinedAt: Date;
  /** The number of its session in the room: the same name under another number is another session. */
  readonly session: number;
}

/** A peer of the contract, as this library shows it. */
export function peerInfo({ peerId, metadata, youArePolite, joinedAt, session }: Peer): PeerInfo {
  return {
    peerId,
    metadata,
    polite: youArePolite,
    joinedAt: new Date(joinedAt ? millisecondsOf(joinedAt) : 0),
    session,
  };
}
