import type { Peer, Welcome } from "@parley/contract";

/** Who is in the room, as one client knows it: by name, with the time of the join in nanoseconds. */
export class ModelRoster {
  readonly #members = new Map<string, bigint>();
  #seq = 0;

  names(): string[] {
    return [...this.#members.keys()];
  }

  /** Takes the list of a `Welcome`, which is the authority; returns who is gone, or is there as somebody new. */
  welcome({ rosterSeq, peers }: Welcome): string[] {
    this.#seq = rosterSeq;
    const gone = this.names().filter((name) => !peers.some(({ peerId }) => peerId === name));
    for (const name of gone) this.#members.delete(name);
    for (const peer of peers) {
      const before = this.#members.get(peer.peerId);
      if (before !== undefined && before !== joinedAt(peer)) gone.push(peer.peerId);
      this.#members.set(peer.peerId, joinedAt(peer));
    }
    return gone;
  }

  /** What came with this number; the list of a `Welcome` knows of it already where it is not newer. */
  joined(peer: Peer, seq: number): void {
    if (seq > this.#seq) this.#members.set(peer.peerId, joinedAt(peer));
  }

  left(peerId: string, seq: number): void {
    if (seq > this.#seq) this.#members.delete(peerId);
  }

  clear(): void {
    this.#members.clear();
  }
}

function joinedAt({ joinedAt: at }: Peer): bigint {
  return (at?.seconds ?? 0n) * 1_000_000_000n + BigInt(at?.nanos ?? 0);
}
