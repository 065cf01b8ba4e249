import type { Peer, PeerUpdated, Welcome } from "@parley/contract/plain";
import { type PeerInfo, peerInfo } from "./peer-info.ts";

/** What a `Welcome` changed. */
export interface RosterChange {
  readonly joined: readonly PeerInfo[];
  readonly updated: readonly PeerInfo[];
  readonly left: readonly PeerInfo[];
}

/** A peer stays the same object as long as its session lasts, whatever it publishes about itself. */
type Held = { -readonly [Key in keyof PeerInfo]: PeerInfo[Key] };

/** The other peers in the room, as this session knows them. */
export class Roster {
  /** The members, by `peerId`. */
  readonly peers: ReadonlyMap<string, PeerInfo>;
  /** The version of the last `Welcome`, for the next resume. 0 for none. */
  version = 0;
  readonly #peers = new Map<string, Held>();

  constructor() {
    this.peers = this.#peers;
  }

  /** Takes the roster of a `Welcome`, which is the authority. */
  welcome({ peers, rosterVersion, rosterUnchanged }: Welcome): RosterChange {
    this.version = rosterVersion;
    const joined: PeerInfo[] = [];
    const updated: PeerInfo[] = [];
    const left: PeerInfo[] = [];
    if (rosterUnchanged) return { joined, updated, left };
    const present = new Map(peers.map((peer) => [peer.peerId, peer]));
    for (const [peerId, info] of this.#peers) {
      const peer = present.get(peerId);
      if (peer?.session === info.session) {
        if (!sameMetadata(peer.metadata, info.metadata)) updated.push(info);
        info.metadata = peer.metadata;
      } else {
        this.#peers.delete(peerId);
        left.push(info);
      }
    }
    for (const peer of peers) {
      if (!this.#peers.has(peer.peerId)) joined.push(this.joined(peer));
    }
    return { joined, updated, left };
  }

  /** A `PeerJoined`. */
  joined(peer: Peer): PeerInfo {
    const info = peerInfo(peer);
    this.#peers.set(info.peerId, info);
    return info;
  }

  /** A `PeerLeft`. Returns the peer that left, if it was known. */
  left(peerId: string, session: number): PeerInfo | undefined {
    const info = this.sender(peerId, session);
    if (info !== undefined) this.#peers.delete(peerId);
    return info;
  }

  /** A `PeerUpdated`. Returns the peer as it is now, if it is known. */
  updated(update: Pick<PeerUpdated, "peerId" | "session" | "metadata">): PeerInfo | undefined {
    const { peerId, session, metadata } = update;
    const info = this.#peers.get(peerId);
    if (info?.session !== session) return undefined;
    info.metadata = metadata;
    return info;
  }

  /** The sender of a signal; undefined if that session has left, even if its name has another holder. */
  sender(peerId: string, session: number): PeerInfo | undefined {
    const info = this.#peers.get(peerId);
    return info?.session === session ? info : undefined;
  }

  /** Forgets all of them, and returns who they were. */
  clear(): PeerInfo[] {
    const all = [...this.#peers.values()];
    this.#peers.clear();
    this.version = 0;
    return all;
  }
}

function sameMetadata(one: PeerInfo["metadata"], other: PeerInfo["metadata"]): boolean {
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => one[key] === other[key]);
}
