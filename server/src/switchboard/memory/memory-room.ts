import { metadataSize } from "../metadata.ts";
import type { PeerId, RoomName } from "../names.ts";
import { nextRosterVersion, type RosterChange } from "../roster-change.ts";
import type { Member } from "../switchboard.ts";
import type { MemorySession } from "./memory-session.ts";

/** The members of one room, in the order in which they joined. */
export class MemoryRoom {
  readonly name: RoomName;
  readonly members = new Map<PeerId, MemorySession>();
  /** Rises with every change of the roster. */
  version = 0;
  /** The bytes of all its members' metadata. */
  metadataBytes = 0;
  readonly #byNonce = new Map<string, MemorySession>();
  #lastJoinedAt = 0;
  #lastSession = 0;

  constructor(name: RoomName) {
    this.name = name;
  }

  /** The number of the next session, from 1. */
  nextSession(): number {
    return ++this.#lastSession;
  }

  /** The time of the next join, in microseconds: now, or just after the last one. */
  nextJoinedAt(nowMs: number): number {
    this.#lastJoinedAt = Math.max(Math.floor(nowMs * 1000), this.#lastJoinedAt + 1);
    return this.#lastJoinedAt;
  }

  byNonce(nonce: string): MemorySession | undefined {
    return nonce === "" ? undefined : this.#byNonce.get(nonce);
  }

  add(session: MemorySession): void {
    this.members.set(session.self.peerId, session);
    if (session.nonce !== "") this.#byNonce.set(session.nonce, session);
    this.metadataBytes += metadataSize(session.self.metadata);
  }

  delete(session: MemorySession): void {
    this.metadataBytes -= metadataSize(session.self.metadata);
    this.members.delete(session.self.peerId);
    if (this.#byNonce.get(session.nonce) === session) this.#byNonce.delete(session.nonce);
  }

  /** Replaces the metadata of a member. */
  update(session: MemorySession, metadata: Member["metadata"]): void {
    this.metadataBytes += metadataSize(metadata) - metadataSize(session.self.metadata);
    session.self = { ...session.self, metadata };
  }

  /** Notifies every connected member of a change, except the one that it is about. */
  announce(change: RosterChange, except: MemorySession, wallTimeMs: number): void {
    this.version = nextRosterVersion(this.version, wallTimeMs);
    for (const member of this.members.values()) {
      if (member !== except) member.listener?.rosterChanged(change);
    }
  }

  others(session: MemorySession): Member[] {
    const roster: Member[] = [];
    for (const member of this.members.values()) {
      if (member !== session) roster.push(member.self);
    }
    return roster;
  }
}
