import { Reason } from "@parley/contract";
import type { Failure, JoinRequest, SwitchboardLimits } from "../switchboard.ts";
import type { MemoryRoom } from "./memory-room.ts";
import type { MemorySession } from "./memory-session.ts";

/** Why a newcomer may not enter, or undefined where it may. `room` is there unless nobody is in it. */
export function entryRefusal(
  request: JoinRequest,
  room: MemoryRoom | undefined,
  nodePeers: number,
  limits: SwitchboardLimits,
): Failure | undefined {
  const bearer = bearerOf(request, room);
  if (bearer?.recipient !== undefined && limits.duplicatePeerId === "reject") {
    return {
      reason: Reason.PEER_ID_TAKEN,
      message: "a connected peer bears this peer_id",
      retryAfterMs: 1000,
    };
  }
  if (bearer !== undefined) return undefined; // takes the place of the one before
  if (room !== undefined && room.members.size >= limits.roomPeers) {
    return {
      reason: Reason.ROOM_FULL,
      message: `the room holds ${limits.roomPeers} peers, as many as it may`,
      retryAfterMs: 5000,
    };
  }
  if (nodePeers >= limits.nodePeers) {
    return {
      reason: Reason.SERVER_FULL,
      message: "this node holds as many peers as it may",
      retryAfterMs: 5000,
    };
  }
  return undefined;
}

/** Who bears the name that a newcomer asks for. */
export function bearerOf({ peerId }: JoinRequest, room: MemoryRoom | undefined): MemorySession | undefined {
  return peerId === undefined ? undefined : room?.members.get(peerId);
}

/** Whether a join says what the join of this session said. */
export function sameJoin(session: MemorySession, request: JoinRequest): boolean {
  const { peerId, metadata } = session.self;
  const keys = Object.keys(metadata);
  return (
    (request.peerId === undefined || request.peerId === peerId) &&
    keys.length === Object.keys(request.metadata).length &&
    keys.every((key) => metadata[key] === request.metadata[key])
  );
}
