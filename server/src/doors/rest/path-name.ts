import type { ConnectError } from "@connectrpc/connect";
import { Reason } from "@parley/contract";
import { callError } from "../../rpc/call-error.ts";
import { isPeerId, isRoomName, peerIdRule, roomNameRule } from "../../switchboard/names.ts";

/** Clients resolve such segments before they send a path, percent-encoded ones too (RFC 3986 section 5.2.4, WHATWG URL). */
const unusable = "over REST nothing is named . or .., which clients remove from paths";

/** What is wrong with a room that a path names, or undefined. */
export function roomFault(room: string): ConnectError | undefined {
  const message = isDots(room) ? unusable : isRoomName(room) ? undefined : roomNameRule;
  return message === undefined
    ? undefined
    : callError({ reason: Reason.ROOM_INVALID, message, field: "join.room" });
}

/** What is wrong with a peer that a path names, or would name after a join, or undefined. */
export function peerFault(peer: string): ConnectError | undefined {
  const message = isDots(peer) ? unusable : isPeerId(peer) ? undefined : peerIdRule;
  return message === undefined
    ? undefined
    : callError({ reason: Reason.PEER_ID_INVALID, message, field: "join.peer_id" });
}

/** Whether clients take a segment of a path for this folder, or the one above. */
export function isDots(name: string): boolean {
  return name === "." || name === "..";
}
