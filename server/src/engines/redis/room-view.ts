import { LeaveReason } from "@parley/contract";
import type { PeerId } from "../../switchboard/names.ts";
import type { Member, RosterChange } from "../../switchboard/roster.ts";
import { joinedChange, leftChange, updatedChange } from "../../switchboard/roster-change.ts";

/** One change of a roster: it leads from one version to the next. */
export type RosterStep = { readonly previous: number; readonly version: number } & (
  | { readonly kind: "joined" | "updated"; readonly member: Member }
  | {
      readonly kind: "left";
      readonly session: number;
      readonly peerId: PeerId;
      readonly reason: LeaveReason;
    }
);

/** A roster as a whole. */
export interface StoredRoster {
  readonly version: number;
  /** The newest session number in the room, of a member or of one that has left. */
  readonly newest: number;
  readonly members: readonly Member[];
}

/** A seat that wants to hear of the others. */
export interface RosterListener {
  readonly session: number;
  rosterChanged(change: RosterChange): void;
}

/**
 * What this node knows of the roster of one room: all seats that it has there share it. Changes come as publications,
 * one for each node; if one is missing, the whole roster is read again, and the seats get the difference.
 */
export class RoomView {
  /** 0 as long as nothing is known. */
  version = 0;
  /** The newest session number that is known. */
  newest = 0;
  /** The member with the highest number that was ever known, present or gone. */
  #youngest: Member | undefined;
  readonly #members = new Map<number, Member>();
  readonly #listeners = new Set<RosterListener>();
  readonly #waiting = new Set<{ version: number; resolve: () => void }>();

  member(session: number): Member | undefined {
    return this.#members.get(session);
  }

  /** The members but this one, in the order in which they joined. */
  others(session: number): Member[] {
    return [...this.#members.values()].filter((member) => member.session !== session);
  }

  listen(listener: RosterListener): void {
    this.#listeners.add(listener);
  }

  unlisten(listener: RosterListener): void {
    this.#listeners.delete(listener);
  }

  /**
   * Whether one of these members belongs to another room of the same name, which began after Redis lost this one. Within
   * a room the number and the time of a join rise together; a later room counts from 1 again.
   */
  isReplacedBy(members: readonly Member[]): boolean {
    const youngest = this.#youngest;
    return (
      youngest !== undefined &&
      members.some(({ session, joinedAt }) => session <= youngest.session && joinedAt > youngest.joinedAt)
    );
  }

  /** Forgets a room that Redis lost. The seats in it are lost too, and are not notified of who left. */
  forget(): void {
    this.version = 0;
    this.newest = 0;
    this.#youngest = undefined;
    this.#members.clear();
  }

  /** Takes one change. Returns false if changes before it are missing. */
  apply(step: RosterStep): boolean {
    if (this.version === 0 || step.version <= this.version) return true;
    if (step.previous !== this.version) return false;
    this.#change(step);
    this.#reached(step.version);
    return true;
  }

  /** Takes a whole roster, unless it is older than what is known. */
  replace({ version, newest, members }: StoredRoster): void {
    if (version <= this.version) return;
    const present = new Set(members.map(({ session }) => session));
    const gone = [...this.#members.values()].filter(({ session }) => !present.has(session));
    // Why they left was missed with the publication.
    for (const member of gone) this.#leave(member, LeaveReason.UNSPECIFIED);
    for (const member of members) {
      const before = this.#members.get(member.session);
      if (before === undefined) this.#enter(member);
      else if (!sameMetadata(before, member)) this.#update(member);
    }
    this.newest = Math.max(this.newest, newest);
    this.#reached(version);
  }

  /** Resolves once this version, or a later one, is known. */
  reaches(version: number): Promise<void> {
    if (this.version >= version) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.add({ version, resolve }));
  }

  #change(step: RosterStep): void {
    switch (step.kind) {
      case "joined":
        return this.#enter(step.member);
      case "updated":
        return this.#update(step.member);
      case "left":
        return this.#leave(step, step.reason);
    }
  }

  #enter(member: Member): void {
    this.#members.set(member.session, member);
    this.newest = Math.max(this.newest, member.session);
    if (this.#youngest === undefined || member.session > this.#youngest.session) this.#youngest = member;
    this.#notify(member.session, joinedChange(member));
  }

  #update(member: Member): void {
    this.#members.set(member.session, member);
    this.#notify(member.session, updatedChange(member));
  }

  #leave(member: Pick<Member, "peerId" | "session">, reason: LeaveReason): void {
    this.#members.delete(member.session);
    this.#notify(member.session, leftChange(member, reason));
  }

  /** A peer does not hear of itself. */
  #notify(session: number, change: RosterChange): void {
    for (const listener of this.#listeners) if (listener.session !== session) listener.rosterChanged(change);
  }

  #reached(version: number): void {
    this.version = version;
    for (const each of this.#waiting) {
      if (each.version > version) continue;
      this.#waiting.delete(each);
      each.resolve();
    }
  }
}

function sameMetadata({ metadata: a }: Member, { metadata: b }: Member): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}
