import { LeaveReason, reasonOf } from "@parley/contract";
import type { Failure } from "../../switchboard/failure.ts";
import type { PeerId } from "../../switchboard/names.ts";
import { readMember } from "./member-info.ts";
import type { RosterStep } from "./room-view.ts";
import { endings, noticeLetters, rosterLetters } from "./script-messages.ts";
import type { AttachmentAddress } from "./session-address.ts";

/** What a node hears on its channel. */
export type Notice =
  | { readonly kind: "probe"; readonly number: number }
  | { readonly kind: "roster"; readonly roomKey: string; readonly step: RosterStep }
  | { readonly kind: "held"; readonly attachments: readonly AttachmentAddress[] }
  | { readonly kind: "ended"; readonly leave: LeaveReason; readonly cause: Failure | undefined }
  | SeatNotice;

/** What concerns one attachment: a session and its epoch. */
export type SeatNotice =
  | (Addressed & { readonly kind: "entries"; readonly entries: readonly StoredEntry[] })
  | (Addressed & { readonly kind: "accepted"; readonly seq: number; readonly undelivered: Undelivered })
  | (Addressed & { readonly kind: "heard" })
  | (Addressed & { readonly kind: "noted"; readonly text: string })
  | (Addressed & { readonly kind: "lost"; readonly cause: Failure | undefined })
  | (Addressed & { readonly kind: "report" })
  | (Addressed & { readonly kind: "full" });

interface Addressed {
  readonly sessionId: string;
  readonly epoch: number;
}

/** Rejections that were not handed out: the number of the entry, and of the signal that was rejected. */
export type Undelivered = ReadonlyMap<number, number>;

/** An entry of a mailbox as the scripts keep it. */
export interface StoredEntry {
  readonly seq: number;
  readonly stored: Buffer;
}

const idLength = 16;
const headLength = 1 + idLength + 4;

/** Asks a node whether it has seats for these. */
export function encodeHeld(attachments: readonly AttachmentAddress[]): string {
  return `${noticeLetters.held}${JSON.stringify(attachments)}`;
}

export function encodeProbe(number: number): string {
  return `${noticeLetters.probe}${number}`;
}

/** Reads a message as the scripts make it; undefined if it is not one. */
export function decodeNotice(message: Buffer): Notice | undefined {
  const kind = String.fromCharCode(message[0] ?? 0);
  if (kind === noticeLetters.probe) return { kind: "probe", number: Number(message.toString("latin1", 1)) };
  if (kind === noticeLetters.roster) return { kind: "roster", ...readRosterStep(message) };
  if (kind === noticeLetters.held) {
    return { kind: "held", attachments: JSON.parse(message.toString("utf8", 1)) as AttachmentAddress[] };
  }
  if (message.length < headLength) return undefined;
  const sessionId = message.toString("latin1", 1, 1 + idLength);
  const epoch = message.readUInt32BE(1 + idLength);
  switch (kind) {
    case noticeLetters.entries: {
      return { kind: "entries", sessionId, epoch, entries: readEntries(message) };
    }
    case noticeLetters.accepted: {
      const seq = message.readUInt32BE(headLength);
      const undelivered = readUndelivered(message.subarray(headLength + 4));
      return { kind: "accepted", sessionId, epoch, seq, undelivered };
    }
    case noticeLetters.lost:
      return { kind: "lost", sessionId, epoch, cause: readCause(message.toString("utf8", headLength)) };
    case noticeLetters.ended: {
      const leave = LeaveReason[message.toString("latin1", headLength + 1) as keyof typeof LeaveReason];
      return { kind: "ended", leave, cause: endings[message.toString("latin1", headLength, headLength + 1)] };
    }
    case noticeLetters.heard:
      return { kind: "heard", sessionId, epoch };
    case noticeLetters.noted:
      return { kind: "noted", sessionId, epoch, text: message.toString("utf8", headLength) };
    case noticeLetters.report:
      return { kind: "report", sessionId, epoch };
    case noticeLetters.full:
      return { kind: "full", sessionId, epoch };
    default:
      return undefined;
  }
}

export function readUndelivered(pairs: Buffer): Undelivered {
  const undelivered = new Map<number, number>();
  for (let at = 0; at + 8 <= pairs.length; at += 8) {
    undelivered.set(pairs.readUInt32BE(at), pairs.readUInt32BE(at + 4));
  }
  return undelivered;
}

/** The entries of a batch, as it is stored and published. */
export function readEntries(batch: Buffer): StoredEntry[] {
  const entries: StoredEntry[] = [];
  let seq = batch.readUInt32BE(headLength);
  for (let at = headLength + 4; at + 4 <= batch.length; seq++) {
    const start = at + 4;
    at = start + batch.readUInt32BE(at);
    entries.push({ seq, stored: batch.subarray(start, at) });
  }
  return entries;
}

/** One change of a roster, as it is published and as a join is answered. */
export function readRosterStep(message: Buffer): { roomKey: string; step: RosterStep } {
  const keyEnd = 3 + message.readUInt16BE(1);
  const roomKey = message.toString("utf8", 3, keyEnd);
  const previous = message.readUInt32BE(keyEnd);
  const version = message.readUInt32BE(keyEnd + 4);
  const kind = String.fromCharCode(message[keyEnd + 8] ?? 0);
  const rest = message.subarray(keyEnd + 9);
  if (kind === rosterLetters.left) {
    const peerEnd = 5 + rest.readUInt8(4);
    const peerId = rest.toString("latin1", 5, peerEnd) as PeerId;
    const reason = LeaveReason[rest.toString("latin1", peerEnd) as keyof typeof LeaveReason];
    return {
      roomKey,
      step: { kind: "left", previous, version, session: rest.readUInt32BE(0), peerId, reason },
    };
  }
  const member = readMember(rest);
  return {
    roomKey,
    step: { kind: kind === rosterLetters.joined ? "joined" : "updated", previous, version, member },
  };
}

/** Why a session was lost, as a script has it; undefined if it has left. */
export function readCause(json: string): Failure | undefined {
  const { reason, message } = JSON.parse(json) as { reason?: string; message?: string };
  return reason === undefined ? undefined : { reason: reasonOf(reason), message: message ?? "" };
}
