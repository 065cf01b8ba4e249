import type { PeerId } from "../../switchboard/names.ts";
import type { Member } from "../../switchboard/roster.ts";

/** Metadata as the scripts keep it. */
export function encodeMetadata(metadata: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(metadata));
}

function decodeMetadata(json: string): Readonly<Record<string, string>> {
  return json === "" ? {} : Object.fromEntries(JSON.parse(json) as [string, string][]);
}

/** Reads a member as the scripts keep it: see `infoFormat` in `scripts/room.lua`. */
export function readMember(info: Buffer): Member {
  const peerEnd = 17 + info.readUInt8(16);
  const trustedEnd = peerEnd + 2 + info.readUInt16BE(peerEnd);
  return {
    session: info.readUInt32BE(4),
    joinedAt: info.readDoubleBE(8),
    peerId: info.toString("latin1", 17, peerEnd) as PeerId,
    trusted: decodeMetadata(info.toString("utf8", peerEnd + 2, trustedEnd)),
    metadata: decodeMetadata(info.toString("utf8", trustedEnd)),
  };
}
