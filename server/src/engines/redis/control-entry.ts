import { reasonOf } from "@parley/contract";
import { SignalResponseField } from "../../codec/field-numbers.ts";
import { tagOf, WireType } from "../../codec/wire-type.ts";
import type { Rejection } from "../../switchboard/batch.ts";
import { encodeRejected } from "../../switchboard/entry.ts";
import { entryMarks } from "./script-messages.ts";

/** A rejection as the scripts keep it. It is encoded when it is handed on. */
export interface StoredRejection {
  readonly seq: number;
  readonly reason: string;
  readonly message: string;
  /** In milliseconds. */
  readonly retry?: number;
  readonly to: string;
  readonly toSession: number;
  readonly negotiation: string;
}

/** Begins a payload that is passed on as it is. */
export const relayedMark = entryMarks.relayed.charCodeAt(0);

const senderTag = tagOf(SignalResponseField.sender, WireType.bytes);
const senderSessionTag = tagOf(SignalResponseField.senderSession, WireType.varint);

/** A stored entry as a payload of the mailbox: the first byte says what the rest is. */
export function decodeEntry(stored: Uint8Array): Uint8Array {
  const rest = stored.subarray(1);
  if (stored[0] === relayedMark) return rest;
  return encodeRejected(rejectionOf(JSON.parse(Buffer.from(rest).toString("utf8")) as StoredRejection));
}

/** The session number of the sender of a stored entry; 0 for a rejection. It comes right behind the sender. */
export function senderSessionOf(stored: Uint8Array): number {
  if (stored[0] !== relayedMark || stored[1] !== senderTag) return 0;
  let at = 3 + (stored[2] ?? 0);
  if (stored[at] !== senderSessionTag) return 0;
  let session = 0;
  for (let scale = 1; ; scale *= 128) {
    at++;
    const byte = stored[at] ?? 0;
    session += (byte & 0x7f) * scale;
    if (byte < 0x80) return session;
  }
}

function rejectionOf({ retry, negotiation, reason, ...rest }: StoredRejection): Omit<Rejection, "index"> {
  const failure = { ...rest, negotiationId: negotiation, reason: reasonOf(reason) };
  return retry === undefined ? failure : { ...failure, retryAfterMs: retry };
}

/** The rejections of a batch, of which `before` submissions came earlier. */
export function rejectionsOf(json: string, before: number): Rejection[] {
  const stored = JSON.parse(json) as (StoredRejection & { readonly index: number })[];
  return stored.map(({ index, ...rejection }) => ({ ...rejectionOf(rejection), index: before + index }));
}
