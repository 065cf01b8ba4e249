import { LeaveReason, reasonOf } from "@parley/contract";
import { encodePeerJoined, encodePeerLeft, encodeRejected } from "../entry.ts";
import type { PeerId } from "../names.ts";
import type { Member } from "../switchboard.ts";

/** What a script writes into a mailbox of its own accord. It is encoded when it is handed on. */
type ControlEntry =
  | { readonly t: "joined"; readonly peer: string; readonly at: string; readonly meta: string }
  | { readonly t: "left"; readonly peer: string; readonly reason: keyof typeof LeaveReason }
  | {
      readonly t: "rejected";
      readonly seq: number;
      readonly reason: string;
      readonly message: string;
      readonly retry?: number;
    };

/** Begins a payload that is passed on as it is. */
export const relayedMark = "r".charCodeAt(0);

/** A stored entry as a payload of the mailbox: the first byte says what the rest is. */
export function decodeEntry(stored: Uint8Array): Uint8Array {
  const rest = stored.subarray(1);
  if (stored[0] === relayedMark) return rest;
  const entry = JSON.parse(Buffer.from(rest).toString("utf8")) as ControlEntry;
  switch (entry.t) {
    case "joined":
      return encodePeerJoined(memberOf(entry.peer, entry.at, entry.meta));
    case "left":
      return encodePeerLeft(entry.peer as PeerId, LeaveReason[entry.reason]);
    case "rejected":
      return encodeRejected(rejectionOf(entry));
  }
}

/** A member as the scripts keep it. */
export function memberOf(peerId: string, joinedAt: string, metadata: string): Member {
  return {
    peerId: peerId as PeerId,
    joinedAt: Number(joinedAt),
    metadata: Object.fromEntries(JSON.parse(metadata) as [string, string][]),
  };
}

/** Metadata as the scripts keep and compare it: the same pairs are the same text. */
export function encodeMetadata(metadata: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A rejection as a script tells of it. */
export function rejectionOf({ seq, reason, message, retry }: Extract<ControlEntry, { t: "rejected" }>) {
  return { seq, reason: reasonOf(reason), message, ...(retry === undefined ? {} : { retryAfterMs: retry }) };
}

/** The rejections of a batch. */
export function rejectionsOf(json: string) {
  return (JSON.parse(json) as Extract<ControlEntry, { t: "rejected" }>[]).map(rejectionOf);
}
