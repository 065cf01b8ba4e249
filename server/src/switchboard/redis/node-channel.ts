import { reasonOf } from "@parley/contract";
import type { Failure } from "../switchboard.ts";
import type { AttachmentAddress } from "./session-store.ts";

/** What a node is told on its channel. All but a probe concern one attachment: a session and its epoch. */
export type Notice =
  | { readonly kind: "probe"; readonly number: number }
  | { readonly kind: "held"; readonly attachments: readonly AttachmentAddress[] }
  | (Addressed & { readonly kind: "entries"; readonly entries: readonly StoredEntry[] })
  | (Addressed & { readonly kind: "accepted"; readonly seq: number })
  | (Addressed & { readonly kind: "heard" })
  | (Addressed & { readonly kind: "lost"; readonly cause: Failure | undefined })
  | (Addressed & { readonly kind: "report" });

interface Addressed {
  readonly sessionId: string;
  readonly epoch: number;
}

/** An entry of a mailbox as the scripts keep it. */
export interface StoredEntry {
  readonly seq: number;
  readonly stored: Buffer;
}

const idLength = 16;
const headLength = 1 + idLength + 4;

/** Asks a node whether it has seats for these. */
export function encodeHeld(attachments: readonly AttachmentAddress[]): string {
  return `H${JSON.stringify(attachments)}`;
}

export function encodeProbe(number: number): string {
  return `P${number}`;
}

/** Reads a message as the scripts make it; undefined where it is none. */
export function decodeNotice(message: Buffer): Notice | undefined {
  const kind = String.fromCharCode(message[0] ?? 0);
  if (kind === "P") return { kind: "probe", number: Number(message.toString("latin1", 1)) };
  if (kind === "H") {
    return { kind: "held", attachments: JSON.parse(message.toString("utf8", 1)) as AttachmentAddress[] };
  }
  if (message.length < headLength) return undefined;
  const sessionId = message.toString("latin1", 1, 1 + idLength);
  const epoch = message.readUInt32BE(1 + idLength);
  switch (kind) {
    case "E":
      return { kind: "entries", sessionId, epoch, entries: readEntries(message) };
    case "A":
      return { kind: "accepted", sessionId, epoch, seq: message.readUInt32BE(headLength) };
    case "L":
      return { kind: "lost", sessionId, epoch, cause: readCause(message.toString("utf8", headLength)) };
    case "B":
      return { kind: "heard", sessionId, epoch };
    case "R":
      return { kind: "report", sessionId, epoch };
    default:
      return undefined;
  }
}

function readEntries(message: Buffer): StoredEntry[] {
  const entries: StoredEntry[] = [];
  for (let at = headLength; at + 8 <= message.length; ) {
    const start = at + 8;
    const end = start + message.readUInt32BE(at + 4);
    entries.push({ seq: message.readUInt32BE(at), stored: message.subarray(start, end) });
    at = end;
  }
  return entries;
}

/** Why a session was lost, as a script tells it; undefined where it has left. */
export function readCause(json: string): Failure | undefined {
  const { reason, message } = JSON.parse(json) as { reason?: string; message?: string };
  return reason === undefined ? undefined : { reason: reasonOf(reason), message: message ?? "" };
}
