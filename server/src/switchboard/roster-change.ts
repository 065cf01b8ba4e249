import type { LeaveReason } from "@parley/contract";
import { encodePeerJoined, encodePeerLeft, encodePeerUpdated } from "./entry.ts";
import type { Member, RosterChange } from "./roster.ts";

export function joinedChange(member: Member): RosterChange {
  return { kind: "joined", member, encoded: encodePeerJoined(member) };
}

export function leftChange(
  { peerId, session }: Pick<Member, "peerId" | "session">,
  reason: LeaveReason,
): RosterChange {
  return { kind: "left", session, encoded: encodePeerLeft(peerId, session, reason) };
}

export function updatedChange(member: Member): RosterChange {
  return { kind: "updated", member, encoded: encodePeerUpdated(member) };
}

/**
 * The version of a roster after a change. It is also ahead of the time at which it is made, so that a room which
 * lost its last changes, or began again, does not repeat a version that a client knows.
 */
export function nextRosterVersion(previous: number, wallTimeMs: number): number {
  return Math.max(previous + 1, Math.floor(wallTimeMs / 1000));
}
