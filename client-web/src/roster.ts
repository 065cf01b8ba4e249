import type { Peer, Welcome } from "@parley/contract";
import { type PeerInfo, peerInfo } from "./peer-info.ts";

/** What a `Welcome` changed. */
export interface RosterChange {
  readonly joined: readonly PeerInfo[];
  readonly left: readonly PeerInfo[];
}

interface Member {
  readonly info: PeerInfo;
  readonly joinedAt: bigint;
  /** False while the responses before its arrival are still being replayed: those speak of its predecessor. */
  arrived: boolean;
}

/** Who else is in the room, as far as this session has been told. */
export class Roster {
  /** The members, by `peerId`. */
  readonly peers: ReadonlyMap<string, PeerInfo>;
  readonly #infos = new Map<string, PeerInfo>();
  readonly #members = new Map<string, Member>();
  #rosterSeq = 0;

  constructor() {
    this.peers = this.#infos;
  }

  /** Takes the roster of a `Welcome`, which is the authority. */
  welcome({ peers, rosterSeq, you }: Welcome): RosterChange {
    this.#rosterSeq = rosterSeq;
    const joined: PeerInfo[] = [];
    const left: PeerInfo[] = [];
    const present = new Map(peers.map((peer) => [peer.peerId, peer]));
    for (const [peerId, { info, joinedAt }] of this.#members) {
      const peer = present.get(peerId);
      if (peer !== undefined && joinedAtOf(peer) === joinedAt) continue;
      this.#delete(peerId);
      left.push(info);
    }
    for (const peer of peers) {
      if (this.#members.has(peer.peerId)) continue;
      // Who came after this peer did so by a `PeerJoined`, and that one is still to come.
      const arrived = you === undefined || joinedAtOf(peer) < joinedAtOf(you);
      joined.push(this.#add(peer, arrived));
    }
    return { joined, left };
  }

  /** A `PeerJoined`. Returns the newcomer, unless it was known. */
  joined(seq: number, peer: Peer): PeerInfo | undefined {
    const before = this.#members.get(peer.peerId);
    if (before?.joinedAt === joinedAtOf(peer)) {
      before.arrived = true;
      return undefined;
    }
    return seq <= this.#rosterSeq ? undefined : this.#add(peer, true);
  }

  /** A `PeerLeft`. Returns who left, unless it was known. */
  left(seq: number, peerId: string): PeerInfo | undefined {
    if (seq <= this.#rosterSeq) return undefined;
    const info = this.#infos.get(peerId);
    this.#delete(peerId);
    return info;
  }

  /** The sender of a signal; none where it has left, or was one of the same name before. */
  sender(peerId: string): PeerInfo | undefined {
    const member = this.#members.get(peerId);
    return member?.arrived === true ? member.info : undefined;
  }

  /** Forgets all of them, and returns who they were. */
  clear(): PeerInfo[] {
    const all = [...this.#infos.values()];
    this.#infos.clear();
    this.#members.clear();
    this.#rosterSeq = 0;
    return all;
  }

  #add(peer: Peer, arrived: boolean): PeerInfo {
    const info = peerInfo(peer);
    this.#members.set(peer.peerId, { info, joinedAt: joinedAtOf(peer), arrived });
    this.#infos.set(peer.peerId, info);
    return info;
  }

  #delete(peerId: string): void {
    this.#members.delete(peerId);
    this.#infos.delete(peerId);
  }
}

/** In nanoseconds: a `Date` would take two joins of one millisecond for the same. */
function joinedAtOf({ joinedAt }: Peer): bigint {
  return joinedAt === undefined ? 0n : joinedAt.seconds * 1_000_000_000n + BigInt(joinedAt.nanos);
}
