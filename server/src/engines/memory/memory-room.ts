import { isHidden } from "../../switchboard/hidden.ts";
import { metadataSize } from "../../switchboard/metadata.ts";
import type { PeerId, RoomName } from "../../switchboard/names.ts";
import type { Member, RosterChange } from "../../switchboard/roster.ts";
import { nextRosterVersion } from "../../switchboard/roster-change.ts";
import type { SeatListener } from "../../switchboard/switchboard.ts";

/** What a room knows of the sessions in it. */
export interface RoomMember {
  self: Member;
  /** The hash of its nonce; empty if it has none. */
  readonly nonce: string;
  readonly listener: SeatListener | undefined;
}

/** The members of one room, in the order in which they joined. */
export class MemoryRoom<S extends RoomMember> {
  readonly name: RoomName;
  readonly members = new Map<PeerId, S>();
  /** Rises from each room to the next: a list of rooms is in this order. */
  number = 0;
  /** Rises with every change of the roster. */
  version = 0;
  /** The bytes of all its members' metadata. */
  metadataBytes = 0;
  /** How many of its members are hidden. */
  hidden = 0;
  readonly #byNonce = new Map<string, S>();
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

  byNonce(nonce: string): S | undefined {
    return nonce === "" ? undefined : this.#byNonce.get(nonce);
  }

  add(session: S): void {
    this.members.set(session.self.peerId, session);
    if (isHidden(session.self.peerId)) this.hidden++;
    if (session.nonce !== "") this.#byNonce.set(session.nonce, session);
    this.metadataBytes += metadataSize(session.self.metadata);
  }

  delete(session: S): void {
    this.metadataBytes -= metadataSize(session.self.metadata);
    if (this.members.delete(session.self.peerId) && isHidden(session.self.peerId)) this.hidden--;
    if (this.#byNonce.get(session.nonce) === session) this.#byNonce.delete(session.nonce);
  }

  /** Replaces the metadata of a member. */
  update(session: S, metadata: Member["metadata"]): void {
    this.metadataBytes += metadataSize(metadata) - metadataSize(session.self.metadata);
    session.self = { ...session.self, metadata };
  }

  /** Notifies every connected member of a change, except the one that it is about. What a hidden peer does is no change. */
  announce(change: RosterChange, except: S, wallTimeMs: number): void {
    const hides = isHidden(except.self.peerId);
    // 0 is no version, not even of a room with nobody to see.
    if (!hides || this.version === 0) this.version = nextRosterVersion(this.version, wallTimeMs);
    if (hides) return;
    for (const member of this.members.values()) {
      if (member !== except) member.listener?.rosterChanged(change);
    }
  }

  /** The members that a session sees. */
  others(session: S): Member[] {
    const roster: Member[] = [];
    for (const member of this.members.values()) {
      if (member !== session && !isHidden(member.self.peerId)) roster.push(member.self);
    }
    return roster;
  }
}
