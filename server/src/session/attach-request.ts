import { fromBinary } from "@bufbuild/protobuf";
import { type Join, JoinSchema, Reason, type Resume, ResumeSchema } from "@parley/contract";
import type { AttachRequest } from "../admission/admission.ts";
import { SignalField } from "../codec/field-numbers.ts";
import { MalformedError } from "../codec/field-reader.ts";
import type { Failure } from "../switchboard/failure.ts";
import { isPeerId, isRoomName, peerIdRule, roomNameRule } from "../switchboard/names.ts";
import { isPlaceToken } from "./lobby/place.ts";
import { metadataFault } from "./metadata-rule.ts";

/** A refusal that names the field at fault, for `google.rpc.BadRequest`. */
export interface FieldFailure extends Failure {
  readonly field: string;
}

const nonceBytes = { least: 16, most: 64 };

/** Reads the first message of a stream. Throws MalformedError. */
export function readAttachRequest(
  body: number,
  bytes: Uint8Array,
  limits: { readonly metadataBytes: number },
): AttachRequest | FieldFailure | Failure {
  try {
    if (body === SignalField.join) return checkJoin(fromBinary(JoinSchema, bytes), limits.metadataBytes);
    if (body === SignalField.resume) return resumeRequest(fromBinary(ResumeSchema, bytes));
  } catch {
    throw new MalformedError("not a Join or a Resume");
  }
  if (body === SignalField.unreadable) throw new MalformedError(Buffer.from(bytes).toString());
  return { reason: Reason.JOIN_EXPECTED, message: "the first message must be join or resume" };
}

function resumeRequest(resume: Resume): AttachRequest | Failure {
  const { sessionToken: token, lastSeq, ackedSeq: acked, rosterVersion, attempt, accessToken } = resume;
  if (isPlaceToken(token)) return placeIsNoSession;
  return { kind: "resume", accessToken, request: { token, lastSeq, acked, rosterVersion, attempt } };
}

const placeIsNoSession: Failure = {
  reason: Reason.SESSION_NOT_FOUND,
  message: "this token is for a place in a lobby: to keep waiting, join again with the same nonce",
};

function checkJoin(join: Join, metadataBytes: number): AttachRequest | FieldFailure {
  const { room, peerId, metadata, nonce, formerNonce, attempt, accessToken } = join;
  if (!isRoomName(room)) {
    return {
      reason: Reason.ROOM_INVALID,
      message: roomNameRule,
      field: "join.room",
    };
  }
  if (peerId !== undefined && !isPeerId(peerId)) {
    return {
      reason: Reason.PEER_ID_INVALID,
      message: peerIdRule,
      field: "join.peer_id",
    };
  }
  const badNonce = nonceFailure(nonce, "join.nonce") ?? nonceFailure(formerNonce, "join.former_nonce");
  if (badNonce !== undefined) return badNonce;
  const message = metadataFault(metadata, metadataBytes);
  if (message !== undefined) return { reason: Reason.METADATA_INVALID, message, field: "join.metadata" };
  return { kind: "join", accessToken, request: { room, peerId, metadata, nonce, formerNonce, attempt } };
}

function nonceFailure({ byteLength }: Uint8Array, field: string): FieldFailure | undefined {
  if (byteLength === 0 || (byteLength >= nonceBytes.least && byteLength <= nonceBytes.most)) return undefined;
  return {
    reason: Reason.NONCE_INVALID,
    message: `a nonce has ${nonceBytes.least} to ${nonceBytes.most} bytes; this one has ${byteLength}`,
    field,
  };
}
