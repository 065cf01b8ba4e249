import type { Peer } from "@parley/contract/plain";
import { millisecondsOf } from "../duration.ts";

/** Another peer in the room, or this one. */
export interface PeerInfo {
  /** Its name, unique in the room at any moment. */
  readonly peerId: string;
  /**
   * The number of its session in the room. The same name with another number is another session: the peer began
   * again, or another peer has its name now.
   */
  readonly session: number;
  /** What it publishes about itself. */
  readonly metadata: Readonly<Record<string, string>>;
  /** What the issuer of its access token says about it, which the peer cannot choose. Empty without tokens. */
  readonly trusted: Readonly<Record<string, string>>;
  /**
   * Whether this side is the polite one toward it (W3C WebRTC, "perfect negotiation"): it gives way when both offer at
   * once.
   */
  readonly polite: boolean;
  /** When it joined. */
  readonly joinedAt: Date;
}

/** A peer of the contract, as this library shows it. */
export function peerInfo({ peerId, session, metadata, trusted, youArePolite, joinedAt }: Peer): PeerInfo {
  return {
    peerId,
    session,
    metadata,
    trusted,
    polite: youArePolite,
    joinedAt: new Date(millisecondsOf(joinedAt)),
  };
}
