import type { HandlerContext } from "@connectrpc/connect";
import { Reason } from "@parley/contract";
import type { Admission } from "../../admission/admission.ts";
import type { Directory } from "../../switchboard/directory.ts";
import { lobbyOf } from "../../switchboard/lobby.ts";
import { isRoomName, type PeerId, type RoomName } from "../../switchboard/names.ts";
import type { Switchboard } from "../../switchboard/switchboard.ts";
import type { Clock } from "../../time/clock.ts";
import { callError } from "../call-error.ts";

/** What the RPCs of `AdminService` need. */
export interface AdminContext {
  readonly directory: Directory;
  readonly switchboard: Pick<Switchboard, "revoke">;
  readonly admission: Admission;
  readonly clock: Clock;
  /** The longest life of an access token with all leeway, in milliseconds. */
  readonly tokenLifeMs: number;
}

/** Throws the error that ends the call, unless its caller may administrate. */
export async function requireAdmin(
  { admission }: AdminContext,
  { requestHeader }: HandlerContext,
): Promise<void> {
  const authorization = requestHeader.get("authorization") ?? undefined;
  const permission = await admission.permit({ authorization, limitedAs: undefined });
  if ("failure" in permission) throw callError(permission.failure);
  if (permission.grants.admin) return;
  throw callError({ reason: Reason.ACCESS_DENIED, message: "the access token does not grant admin" });
}

/** Ends the session of a peer, or all, in a room and in its lobby. Resolves with how many ended in the room. */
export async function removeFrom(
  { directory }: AdminContext,
  room: RoomName,
  peerId: PeerId | undefined,
): Promise<number> {
  await directory.end(lobbyOf(room), peerId, "removed");
  return directory.end(room, peerId, "removed");
}

/** The room of a request. Throws the error that ends the call if it is none. */
export function roomOf(room: string): RoomName {
  if (isRoomName(room)) return room;
  const message = "a room is named by 1 to 128 characters of A-Z a-z 0-9 . _ ~ : @ + -";
  throw callError({ reason: Reason.ROOM_INVALID, message, field: "room" });
}
