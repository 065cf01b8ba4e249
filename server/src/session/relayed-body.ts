import { Reason } from "@parley/contract";
import type { IcePolicy } from "../admission/ice-policy.ts";
import {
  ByeField,
  DescriptionField,
  IceCandidateField,
  RebindField,
  RestartField,
  SignalField,
} from "../codec/field-numbers.ts";
import { FieldReader } from "../codec/field-reader.ts";
import { WireType } from "../codec/wire-type.ts";
import type { Failure } from "../switchboard/failure.ts";
import { policyFault } from "./candidate-policy.ts";
import { candidateFault } from "./ice-candidate.ts";
import { sdpFault } from "./sdp.ts";
import { isSingleLine } from "./single-line.ts";

const byeReasonBytes = 256;
/** A flag, and room for what later versions add to it. */
const restartBytes = 64;
const proofBytes = 32;

/**
 * What is wrong with the body of a signal that is to be relayed, or undefined. The body is that part of the
 * bytes. Every one of them is walked over, so that the decoder of the recipient finds nothing that this one
 * would refuse. Throws MalformedError if they are not the message they should be.
 */
export function bodyFault(
  body: number,
  bytes: Uint8Array,
  start = 0,
  end = bytes.byteLength,
  icePolicy?: IcePolicy,
): Failure | undefined {
  switch (body) {
    case SignalField.offer:
    case SignalField.answer:
      return descriptionFault(body, new FieldReader(bytes, start, end), icePolicy);
    case SignalField.iceCandidate:
      return iceCandidateFault(new FieldReader(bytes, start, end), icePolicy);
    case SignalField.bye:
      return fail(Reason.BODY_INVALID, byeFault(new FieldReader(bytes, start, end)));
    case SignalField.restart:
      return fail(Reason.BODY_INVALID, restartFault(new FieldReader(bytes, start, end), end - start));
    case SignalField.rebind:
      return fail(Reason.BODY_INVALID, rebindFault(new FieldReader(bytes, start, end)));
    case SignalField.unreadable:
    case SignalField.unnumbered:
      return fail(Reason.MALFORMED_MESSAGE, Buffer.from(bytes.subarray(start, end)).toString());
    default:
      return fail(Reason.BODY_INVALID, "the signal has no body, or one that this server does not know");
  }
}

function fail(reason: Reason, message: string | undefined): Failure | undefined {
  return message === undefined ? undefined : { reason, message };
}

/** Of an `Offer` or an `Answer`. */
function descriptionFault(body: number, reader: FieldReader, policy?: IcePolicy): Failure | undefined {
  let start = 0;
  let end = 0;
  while (reader.next()) {
    if (reader.field === DescriptionField.sdp) {
      reader.expectText();
      start = reader.valueStart;
      end = reader.valueEnd;
    } else if (reader.field === DescriptionField.provisional && body === SignalField.answer)
      reader.expect(WireType.varint);
  }
  const fault = fail(Reason.SDP_INVALID, sdpFault(reader.bytes, start, end));
  if (fault !== undefined || policy === undefined) return fault;
  return policyFault(policy, "sdp", reader.bytes.subarray(start, end));
}

function iceCandidateFault(reader: FieldReader, policy?: IcePolicy): Failure | undefined {
  let start = 0;
  let end = 0;
  while (reader.next()) {
    if (reader.field === IceCandidateField.candidate) {
      reader.expectText();
      start = reader.valueStart;
      end = reader.valueEnd;
    } else if (
      reader.field === IceCandidateField.sdpMid ||
      reader.field === IceCandidateField.usernameFragment
    ) {
      reader.expectText();
      if (!isSingleLine(reader.bytes, reader.valueStart, reader.valueEnd)) {
        const name = reader.field === IceCandidateField.sdpMid ? "sdp_mid" : "username_fragment";
        return fail(Reason.CANDIDATE_INVALID, `${name} contains a control character`);
      }
    } else if (reader.field === IceCandidateField.sdpMLineIndex) reader.expect(WireType.varint);
  }
  const fault = fail(Reason.CANDIDATE_INVALID, candidateFault(reader.bytes, start, end));
  if (fault !== undefined || policy === undefined) return fault;
  return policyFault(policy, "candidate", reader.bytes.subarray(start, end));
}

function byeFault(reader: FieldReader): string | undefined {
  let length = 0;
  while (reader.next()) {
    if (reader.field !== ByeField.reason) continue;
    reader.expectText();
    length = reader.valueEnd - reader.valueStart;
  }
  return length > byeReasonBytes ? `the reason of a bye is longer than ${byeReasonBytes} bytes` : undefined;
}

function restartFault(reader: FieldReader, bytes: number): string | undefined {
  while (reader.next()) if (reader.field === RestartField.rebuild) reader.expect(WireType.varint);
  return bytes > restartBytes ? `a restart is longer than ${restartBytes} bytes` : undefined;
}

function rebindFault(reader: FieldReader): string | undefined {
  let length = 0;
  while (reader.next()) {
    if (reader.field !== RebindField.proof) continue;
    reader.expect(WireType.bytes);
    length = reader.valueEnd - reader.valueStart;
  }
  return length === proofBytes ? undefined : `the proof of a rebind has ${proofBytes} bytes, not ${length}`;
}
