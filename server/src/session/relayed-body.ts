import { Reason } from "@parley/contract";
import type { Failure } from "../switchboard/switchboard.ts";
import { FieldReader, WireType } from "./field-reader.ts";
import { candidateFault } from "./ice-candidate.ts";
import { sdpFault } from "./sdp.ts";
import { readString, readUtf8, SignalField } from "./signal-reader.ts";

const byeReasonBytes = 256;
const none = new Uint8Array(0);

/**
 * What is wrong with the body of a signal that is to be relayed, or undefined. Every byte is walked over, so
 * that the decoder of the recipient finds nothing that this one would refuse. Throws MalformedError where
 * the bytes are not the message they should be.
 */
export function bodyFault(body: number, bytes: Uint8Array): Failure | undefined {
  switch (body) {
    case SignalField.offer:
    case SignalField.answer:
      return fail(Reason.SDP_INVALID, sdpFault(readDescription(body, bytes)));
    case SignalField.iceCandidate:
      return fail(Reason.CANDIDATE_INVALID, candidateFault(readCandidate(bytes)));
    case SignalField.bye:
      return fail(Reason.BODY_INVALID, byeFault(bytes));
    default:
      return fail(Reason.BODY_INVALID, "the signal has no body that the server knows");
  }
}

function fail(reason: Reason, message: string | undefined): Failure | undefined {
  return message === undefined ? undefined : { reason, message };
}

/** The `sdp` of an `Offer` or an `Answer`. */
function readDescription(body: number, bytes: Uint8Array): Uint8Array {
  const reader = new FieldReader(bytes);
  let sdp: Uint8Array = none;
  while (reader.next()) {
    if (reader.field === 1) sdp = readUtf8(reader);
    else if (reader.field === 2 && body === SignalField.answer) reader.expect(WireType.varint);
  }
  return sdp;
}

function readCandidate(bytes: Uint8Array): string {
  const reader = new FieldReader(bytes);
  let candidate = "";
  while (reader.next()) {
    if (reader.field === 1) candidate = readString(reader);
    else if (reader.field === 2 || reader.field === 4) readUtf8(reader);
    else if (reader.field === 3) reader.expect(WireType.varint);
  }
  return candidate;
}

function byeFault(bytes: Uint8Array): string | undefined {
  const reader = new FieldReader(bytes);
  let length = 0;
  while (reader.next()) if (reader.field === 1) length = readUtf8(reader).byteLength;
  return length > byeReasonBytes ? `the reason of a bye is longer than ${byeReasonBytes} bytes` : undefined;
}
