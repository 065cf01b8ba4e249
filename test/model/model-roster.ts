import type { Peer, PeerLeft, PeerUpdated, Welcome } from "@parley/contract";

interface Member {
  readonly session: number;
  readonly update: string;
}

/** The others in the room, as one client knows them. */
export class ModelRoster {
  /** The version of the last `Welcome`. */
  version = 0;
  readonly #members = new Map<string, Member>();

  /** Each name, and the last update of its holder. */
  get members(): ReadonlyMap<string, Member> {
    return this.#members;
  }

  /** The number of the session that holds a name; 0 for none. */
  sessionOf(name: string): number {
    return this.#members.get(name)?.session ?? 0;
  }

  /** Takes the list of a `Welcome`, which is the authority; returns the names whose session is gone. */
  welcome({ rosterVersion, rosterUnchanged, peers }: Welcome): string[] {
    if (rosterUnchanged && (rosterVersion !== this.version || peers.length > 0)) {
      throw new Error("an unchanged roster with another version, or with peers");
    }
    this.version = rosterVersion;
    if (rosterUnchanged) return [];
    const before = new Map(this.#members);
    this.#members.clear();
    for (const peer of peers) this.joined(peer);
    return [...before]
      .filter(([name, { session }]) => this.sessionOf(name) !== session)
      .map(([name]) => name);
  }

  joined({ peerId, session, metadata }: Peer): void {
    this.#members.set(peerId, { session, update: metadata["update"] ?? "" });
  }

  left({ peerId, session }: PeerLeft): void {
    if (this.sessionOf(peerId) === session) this.#members.delete(peerId);
  }

  updated({ peerId, session, metadata }: PeerUpdated): void {
    if (this.sessionOf(peerId) === session) {
      this.#members.set(peerId, { session, update: metadata["update"] ?? "" });
    }
  }

  clear(): void {
    this.#members.clear();
    this.version = 0;
  }
}
