import { fromBinary } from "@bufbuild/protobuf";
import { type Join, JoinSchema, Reason, type Resume, ResumeSchema } from "@parley/contract";
import { isPeerId, isRoomName } from "../switchboard/names.ts";
import type { Failure, JoinRequest, ResumeRequest } from "../switchboard/switchboard.ts";
import { MalformedError } from "./field-reader.ts";
import { SignalField } from "./signal-reader.ts";

/** How a stream begins. */
export type AttachRequest =
  | { readonly kind: "join"; readonly request: JoinRequest }
  | { readonly kind: "resume"; readonly request: ResumeRequest };

/** A refusal that names the field at fault, for `google.rpc.BadRequest`. */
export interface FieldFailure extends Failure {
  readonly field: string;
}

const nonceBytes = { least: 16, most: 64 };
const metadataEntries = 16;
const metadataBytes = 4096;

/** Reads the first message of a stream. Throws MalformedError. */
export function readAttachRequest(body: number, bytes: Uint8Array): AttachRequest | FieldFailure | Failure {
  try {
    if (body === SignalField.join) return checkJoin(fromBinary(JoinSchema, bytes));
    if (body === SignalField.resume) return resumeRequest(fromBinary(ResumeSchema, bytes));
  } catch {
    throw new MalformedError("not a Join or a Resume");
  }
  if (body === SignalField.unreadable) throw new MalformedError(Buffer.from(bytes).toString());
  return { reason: Reason.JOIN_EXPECTED, message: "the first message must be join or resume" };
}

function resumeRequest({ sessionToken, lastSeq, ackedSeq }: Resume): AttachRequest {
  return { kind: "resume", request: { token: sessionToken, lastSeq, acked: ackedSeq } };
}

function checkJoin({ room, peerId, metadata, nonce }: Join): AttachRequest | FieldFailure {
  if (!isRoomName(room)) {
    return {
      reason: Reason.ROOM_INVALID,
      message: "a room is named by 1 to 128 characters of A-Z a-z 0-9 . _ ~ : @ + -",
      field: "join.room",
    };
  }
  if (peerId !== undefined && !isPeerId(peerId)) {
    return {
      reason: Reason.PEER_ID_INVALID,
      message: "a peer is named by 1 to 64 characters of A-Z a-z 0-9 . _ ~ : @ + -",
      field: "join.peer_id",
    };
  }
  if (nonce.byteLength !== 0 && (nonce.byteLength < nonceBytes.least || nonce.byteLength > nonceBytes.most)) {
    return {
      reason: Reason.NONCE_INVALID,
      message: `a nonce has ${nonceBytes.least} to ${nonceBytes.most} bytes, this one ${nonce.byteLength}`,
      field: "join.nonce",
    };
  }
  const entries = Object.entries(metadata);
  const size = entries.reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value),
    0,
  );
  if (entries.length > metadataEntries || size > metadataBytes) {
    return {
      reason: Reason.METADATA_INVALID,
      message: `metadata has at most ${metadataEntries} entries and ${metadataBytes} bytes`,
      field: "join.metadata",
    };
  }
  return { kind: "join", request: { room, peerId, metadata, nonce } };
}
