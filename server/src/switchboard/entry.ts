import { create, toBinary } from "@bufbuild/protobuf";
import {
  type LeaveReason,
  type Peer,
  PeerSchema,
  RejectedSchema,
  retryOf,
  SignalResponseSchema,
} from "@parley/contract";
import type { PeerId } from "./names.ts";
import type { Member, Rejection } from "./switchboard.ts";

/** The field `sender` of `SignalResponse`, encoded: what stands before a relayed payload. */
export function encodeSender(peerId: PeerId): Uint8Array {
  return toBinary(SignalResponseSchema, create(SignalResponseSchema, { sender: peerId }));
}

export function encodePeerJoined(member: Member): Uint8Array {
  // Whoever is told of a newcomer was there first, and the later joiner is the polite one.
  return encodeBody({ case: "peerJoined", value: { peer: peerOf(member, false) } });
}

export function encodePeerLeft(peerId: PeerId, reason: LeaveReason): Uint8Array {
  return encodeBody({ case: "peerLeft", value: { peerId, reason } });
}

export function encodeRejected(rejection: Rejection): Uint8Array {
  return encodeBody({ case: "rejected", value: rejectedOf(rejection) });
}

/** A rejection as the contract has it. */
export function rejectedOf({ seq, reason, message, retryAfterMs }: Rejection) {
  return create(RejectedSchema, {
    seq,
    reason,
    message,
    retry: retryOf(reason),
    ...(retryAfterMs === undefined ? {} : { retryAfter: durationOf(retryAfterMs) }),
  });
}

/** A member as the contract has it. */
export function peerOf(member: Member, youArePolite: boolean): Peer {
  const seconds = Math.floor(member.joinedAt / 1e6);
  return create(PeerSchema, {
    peerId: member.peerId,
    metadata: { ...member.metadata },
    youArePolite,
    joinedAt: { seconds: BigInt(seconds), nanos: (member.joinedAt - seconds * 1e6) * 1000 },
  });
}

/** Milliseconds as a `google.protobuf.Duration`. */
export function durationOf(ms: number): { seconds: bigint; nanos: number } {
  const seconds = Math.floor(ms / 1000);
  return { seconds: BigInt(seconds), nanos: Math.round((ms - seconds * 1000) * 1e6) };
}

type Body =
  NonNullable<Parameters<typeof create<typeof SignalResponseSchema>>[1]> extends { body?: infer B }
    ? B
    : never;

function encodeBody(body: Exclude<Body, undefined>): Uint8Array {
  return toBinary(SignalResponseSchema, create(SignalResponseSchema, { body }));
}
