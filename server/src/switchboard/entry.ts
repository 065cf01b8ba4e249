import { create, toBinary } from "@bufbuild/protobuf";
import { type Duration, durationFromMs } from "@bufbuild/protobuf/wkt";
import {
  type LeaveReason,
  type Peer,
  PeerSchema,
  RejectedSchema,
  retryOf,
  SignalResponseSchema,
} from "@parley/contract";
import { SignalResponseField } from "../codec/field-numbers.ts";
import { tagOf, WireType } from "../codec/wire-type.ts";
import type { Rejection } from "./batch.ts";
import type { PeerId } from "./names.ts";
import type { Member } from "./roster.ts";

/**
 * The fields `sender` and `sender_session` of `SignalResponse`, encoded: what comes before a relayed payload. Made
 * once for each session.
 */
export function encodeSender({ peerId, session }: Pick<Member, "peerId" | "session">): Uint8Array {
  return toBinary(
    SignalResponseSchema,
    create(SignalResponseSchema, { sender: peerId, senderSession: session }),
  );
}

export function encodePeerJoined(member: Member): Uint8Array {
  // Those who see a newcomer were there first, and the later joiner is the polite one.
  return encodeBody({ case: "peerJoined", value: { peer: peerOf(member, false) } });
}

export function encodePeerLeft(peerId: PeerId, session: number, reason: LeaveReason): Uint8Array {
  return encodeBody({ case: "peerLeft", value: { peerId, session, reason } });
}

export function encodePeerUpdated({ peerId, session, metadata }: Member): Uint8Array {
  return encodeBody({ case: "peerUpdated", value: { peerId, session, metadata: { ...metadata } } });
}

export function encodeRejected(rejection: Omit<Rejection, "index">): Uint8Array {
  return encodeBody({ case: "rejected", value: rejectedOf(rejection) });
}

/** A rejection as the contract has it. */
export function rejectedOf(rejection: Omit<Rejection, "index">) {
  const { seq, reason, message, retryAfterMs, to, toSession, negotiationId } = rejection;
  return create(RejectedSchema, {
    seq,
    reason,
    message,
    to,
    toSession,
    negotiationId,
    retry: retryOf(reason),
    ...(retryAfterMs === undefined ? {} : { retryAfter: durationOf(retryAfterMs) }),
  });
}

/** The `negotiation_id` at the beginning of a relayed payload; empty if it has none. */
export function negotiationIdOf(payload: Uint8Array): string {
  if (payload[0] !== negotiationIdTag) return "";
  let at = 1;
  let length = 0;
  for (let shift = 0, byte = 0x80; byte >= 0x80; shift += 7) {
    byte = payload[at++] ?? 0;
    length |= (byte & 0x7f) << shift;
  }
  return Buffer.from(payload.buffer, payload.byteOffset + at, length).toString("latin1");
}

const negotiationIdTag = tagOf(SignalResponseField.negotiationId, WireType.bytes);

/** A member as the contract has it. */
export function peerOf(member: Member, youArePolite: boolean): Peer {
  const seconds = Math.floor(member.joinedAt / 1e6);
  return create(PeerSchema, {
    peerId: member.peerId,
    metadata: { ...member.metadata },
    trusted: { ...member.trusted },
    youArePolite,
    session: member.session,
    joinedAt: { seconds: BigInt(seconds), nanos: (member.joinedAt - seconds * 1e6) * 1000 },
  });
}

/** Milliseconds as a `google.protobuf.Duration`, rounded up. */
export function durationOf(ms: number): Duration {
  return durationFromMs(Math.ceil(ms));
}

type Body =
  NonNullable<Parameters<typeof create<typeof SignalResponseSchema>>[1]> extends { body?: infer B }
    ? B
    : never;

function encodeBody(body: Exclude<Body, undefined>): Uint8Array {
  return toBinary(SignalResponseSchema, create(SignalResponseSchema, { body }));
}
