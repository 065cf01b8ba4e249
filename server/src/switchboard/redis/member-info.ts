import type { PeerId } from "../names.ts";
import type { Member } from "../switchboard.ts";

/** Metadata as the scripts keep it. */
export function encodeMetadata(metadata: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(metadata));
}

/** Reads a member as the scripts keep it: see `infoFormat` in `scripts/room.lua`. */
export function readMember(info: Buffer): Member {
  const peerEnd = 17 + info.readUInt8(16);
  return {
    session: info.readUInt32BE(4),
    joinedAt: info.readDoubleBE(8),
    peerId: info.toString("latin1", 17, peerEnd) as PeerId,
    metadata: Object.fromEntries(JSON.parse(info.toString("utf8", peerEnd)) as [string, string][]),
  };
}
