import { isUtf8 } from "node:buffer";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { SignalRequestSchema } from "@parley/contract";
import { FieldReader, MalformedError, WireType } from "./field-reader.ts";

/** The field numbers of `SignalRequest`, which `SignalResponse` shares for the bodies that are relayed. */
export const SignalField = {
  seq: 1,
  ack: 2,
  to: 3,
  negotiationId: 4,
  offer: 10,
  answer: 11,
  iceCandidate: 12,
  bye: 13,
  join: 20,
  resume: 21,
  leave: 22,
  heartbeat: 23,
} as const;

/** One `SignalRequest`, read as far as the relay needs it. All views are into the request's own bytes. */
export interface ReadSignal {
  readonly seq: number;
  readonly ack: number;
  readonly to: string;
  readonly negotiationId: string;
  /** The field number of the body; 0 when there is none, or none that is known. */
  readonly body: number;
  /** The encoded body message. */
  readonly bodyBytes: Uint8Array;
  /** The encoded fields `negotiation_id` and body, tags included: what is passed on. */
  readonly relayBytes: Uint8Array;
}

const none = new Uint8Array(0);

/** Reads one encoded `SignalRequest`. Throws MalformedError when it is not one. */
export function readSignal(bytes: Uint8Array, start = 0, end = bytes.byteLength): ReadSignal {
  const reader = new FieldReader(bytes, start, end);
  let seq = 0;
  let ack = 0;
  let to = "";
  let negotiationId = "";
  let body = 0;
  let bodyBytes: Uint8Array = none;
  let negotiationStart = -1;
  let negotiationEnd = -1;
  let bodyStart = -1;
  let bodyEnd = -1;
  while (reader.next()) {
    switch (reader.field) {
      case SignalField.seq:
        reader.expect(WireType.varint);
        seq = reader.varint;
        break;
      case SignalField.ack:
        reader.expect(WireType.varint);
        ack = reader.varint;
        break;
      case SignalField.to:
        to = readString(reader);
        break;
      case SignalField.negotiationId:
        negotiationId = readString(reader);
        negotiationStart = reader.fieldStart;
        negotiationEnd = reader.valueEnd;
        break;
      case SignalField.offer:
      case SignalField.answer:
      case SignalField.iceCandidate:
      case SignalField.bye:
      case SignalField.join:
      case SignalField.resume:
      case SignalField.leave:
      case SignalField.heartbeat:
        reader.expect(WireType.bytes);
        // No encoder writes a oneof twice, but the specification says what it means: let the library tell.
        if (body !== 0) return readSignal(normalize(bytes.subarray(start, end)));
        body = reader.field;
        bodyBytes = reader.value();
        bodyStart = reader.fieldStart;
        bodyEnd = reader.valueEnd;
        break;
      default:
        break; // a field of a later version
    }
  }
  return { seq, ack, to, negotiationId, body, bodyBytes, relayBytes: relayBytes() };

  function relayBytes(): Uint8Array {
    if (bodyStart < 0) return none;
    if (negotiationStart < 0) return bytes.subarray(bodyStart, bodyEnd);
    if (negotiationEnd === bodyStart) return bytes.subarray(negotiationStart, bodyEnd);
    return Buffer.concat([
      bytes.subarray(negotiationStart, negotiationEnd),
      bytes.subarray(bodyStart, bodyEnd),
    ]);
  }
}

/** The current field as a string. Throws MalformedError where it is not UTF-8: a strict decoder would refuse it. */
export function readString(reader: FieldReader): string {
  const bytes = readUtf8(reader);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}

/** The bytes of the current field, checked to be UTF-8. */
export function readUtf8(reader: FieldReader): Uint8Array {
  reader.expect(WireType.bytes);
  const bytes = reader.value();
  if (!isUtf8(bytes)) throw new MalformedError(`field ${reader.field} is not UTF-8`);
  return bytes;
}

function normalize(bytes: Uint8Array): Uint8Array {
  try {
    return toBinary(SignalRequestSchema, fromBinary(SignalRequestSchema, bytes));
  } catch {
    throw new MalformedError("not a SignalRequest");
  }
}
