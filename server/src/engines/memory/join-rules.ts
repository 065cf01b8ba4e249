import { Reason } from "@parley/contract";
import type { Failure } from "../../switchboard/failure.ts";
import { isHidden } from "../../switchboard/hidden.ts";
import { peerLimit, seatKindOf } from "../../switchboard/lobby.ts";
import { metadataSize } from "../../switchboard/metadata.ts";
import { nodeRefusal, type SeatCounts } from "../../switchboard/seat-counts.ts";
import { hashNonce } from "../../switchboard/session-token.ts";
import type { JoinRequest, SwitchboardLimits } from "../../switchboard/switchboard.ts";
import type { MemoryRoom } from "./memory-room.ts";
import type { MemorySession } from "./memory-session.ts";

/** How soon a name or a place may be free, in milliseconds: a guess that spares the service idle retries. */
const takenRetryMs = 1000;
const fullRetryMs = 5000;

/** What the rules look at, besides the request itself. */
export interface Entrance {
  /** Undefined while nobody is in it. */
  readonly room: MemoryRoom<MemorySession> | undefined;
  /** The session that holds the name. */
  readonly holder: MemorySession | undefined;
  /** The sessions and the places in lobbies that there are. */
  readonly held: SeatCounts;
  readonly nowMs: number;
}

/** Why a newcomer may not enter, or undefined if it may. A holder of its name that is there then gives way. */
export function joinRefusal(
  request: JoinRequest,
  { room, holder, held, nowMs }: Entrance,
  limits: SwitchboardLimits,
): Failure | undefined {
  if (holder !== undefined && !givesWay(holder, request, limits)) return nameTaken(holder, nowMs);
  const metadata = (room?.metadataBytes ?? 0) + metadataSize(request.metadata);
  if (metadata - (holder === undefined ? 0 : metadataSize(holder.self.metadata)) > limits.roomMetadataBytes) {
    return metadataFull(limits);
  }
  if (holder !== undefined) return undefined;
  const roomPeers = peerLimit(request, limits);
  const alike = peersLike(request, room);
  if (alike >= roomPeers) {
    return {
      reason: Reason.ROOM_FULL,
      message: `the room holds ${alike} peers, and ${roomPeers} are allowed`,
      retryAfterMs: fullRetryMs,
    };
  }
  return nodeRefusal(held, seatKindOf(request.room, request.peerId), limits);
}

/** How many peers a newcomer shares its places with: hidden ones take none of the others, which do not know of them. */
function peersLike({ peerId }: JoinRequest, room: MemoryRoom<MemorySession> | undefined): number {
  if (room === undefined) return 0;
  return peerId !== undefined && isHidden(peerId) ? room.hidden : room.members.size - room.hidden;
}

/** The refusal of metadata for which the room has no space. */
export function metadataFull({ roomMetadataBytes }: SwitchboardLimits): Failure {
  return {
    reason: Reason.ROOM_FULL,
    message: `the metadata of a room has at most ${roomMetadataBytes} bytes`,
    retryAfterMs: fullRetryMs,
  };
}

/** The session that holds the name that a newcomer asks for. */
export function holderOf(
  { peerId }: JoinRequest,
  room: MemoryRoom<MemorySession> | undefined,
): MemorySession | undefined {
  return peerId === undefined ? undefined : room?.members.get(peerId);
}

/** Whether the holder of a name loses it to a newcomer. */
function givesWay(
  holder: MemorySession,
  request: JoinRequest,
  { duplicatePeerId }: SwitchboardLimits,
): boolean {
  const owner = request.identity?.owner ?? "";
  if (owner !== holder.owner) return false;
  if ((request.identity?.duplicates ?? duplicatePeerId) === "replace") return true;
  if (owner !== "" || holder.nonce === "") {
    if (holder.listener === undefined) return true;
  }
  return holder.nonce !== "" && holder.nonce === hashNonce(request.formerNonce, owner);
}

function nameTaken({ listener, expiresAt }: MemorySession, nowMs: number): Failure {
  return listener === undefined
    ? {
        reason: Reason.PEER_ID_TAKEN,
        message: "this peer_id is reserved for a peer that lost its connection",
        retryAfterMs: Math.max(1, Math.ceil(expiresAt - nowMs)),
      }
    : {
        reason: Reason.PEER_ID_TAKEN,
        message: "a connected peer holds this peer_id",
        retryAfterMs: takenRetryMs,
      };
}
