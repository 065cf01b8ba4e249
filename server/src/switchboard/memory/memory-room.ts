import type { PeerId, RoomName } from "../names.ts";
import type { Member } from "../switchboard.ts";
import type { MemorySession } from "./memory-session.ts";

/** The members of one room, in the order in which they joined. */
export class MemoryRoom {
  readonly name: RoomName;
  readonly members = new Map<PeerId, MemorySession>();
  readonly #byNonce = new Map<string, MemorySession>();
  #lastJoinedAt = 0;

  constructor(name: RoomName) {
    this.name = name;
  }

  /** The time of the next join, in microseconds: now, or just after the last one. */
  nextJoinedAt(nowMs: number): number {
    this.#lastJoinedAt = Math.max(nowMs * 1000, this.#lastJoinedAt + 1);
    return this.#lastJoinedAt;
  }

  byNonce(nonce: string): MemorySession | undefined {
    return nonce === "" ? undefined : this.#byNonce.get(nonce);
  }

  add(session: MemorySession): void {
    this.members.set(session.self.peerId, session);
    if (session.nonce !== "") this.#byNonce.set(session.nonce, session);
  }

  delete(session: MemorySession): void {
    if (this.members.get(session.self.peerId) === session) this.members.delete(session.self.peerId);
    if (this.#byNonce.get(session.nonce) === session) this.#byNonce.delete(session.nonce);
  }

  others(session: MemorySession): Member[] {
    const roster: Member[] = [];
    for (const member of this.members.values()) {
      if (member !== session) roster.push(member.self);
    }
    return roster;
  }
}
