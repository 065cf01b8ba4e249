import { randomBytes } from "node:crypto";
import { isRoomName, type PeerId, type RoomName } from "./names.ts";
import type { JoinIdentity, SwitchboardLimits } from "./switchboard.ts";

/** It contains a character that no client can use. */
const suffix = "#lobby";
/** What the names of those begin with who watch a lobby; no client can use it either. */
const watcherMark = "#";

/** The room in which clients wait for this one. */
export function lobbyOf(room: RoomName): RoomName {
  return `${room}${suffix}` as RoomName;
}

/** Whether a room is the lobby of another one. */
export function isLobby(room: RoomName): boolean {
  return room.endsWith(suffix);
}

/** The room whose lobby this is, or the room itself. */
export function roomOfLobby(room: RoomName): RoomName {
  return isLobby(room) ? (room.slice(0, -suffix.length) as RoomName) : room;
}

/** Whether a room has this name, or a lobby. */
export function isRoomOrLobbyName(text: string): text is RoomName {
  return isRoomName(text.endsWith(suffix) ? text.slice(0, -suffix.length) : text);
}

/** A name for the view of a member into the lobby of its room. */
export function newWatcherName(): PeerId {
  return `${watcherMark}${randomBytes(9).toString("base64url")}` as PeerId;
}

/** Whether this is the name of such a view. */
export function isWatcher(peerId: PeerId): boolean {
  return peerId.startsWith(watcherMark);
}

/**
 * What a session of the engine is to those who count: a session of a client, the place of a client that waits in a lobby, or
 * the view of a member into one, which is part of its session and counts as nothing.
 */
export type SeatKind = "session" | "place" | "view";

export function seatKindOf(room: RoomName, peerId: PeerId | undefined): SeatKind {
  if (!isLobby(room)) return "session";
  return peerId !== undefined && isWatcher(peerId) ? "view" : "place";
}

/**
 * How many peers the room of a join may have afterwards. In a lobby, members who watch, and members who were let in and keep
 * their place for a while, take no place of those who wait.
 */
export function peerLimit(
  { room, identity }: { readonly room: RoomName; readonly identity?: JoinIdentity | undefined },
  { roomPeers, lobbyPeers }: Pick<SwitchboardLimits, "roomPeers" | "lobbyPeers">,
): number {
  if (isLobby(room)) return 2 * roomPeers + lobbyPeers;
  return Math.min(roomPeers, identity?.roomPeers ?? roomPeers);
}
