import { SignalField } from "./field-numbers.ts";
import { FieldReader, MalformedError } from "./field-reader.ts";
import { WireType } from "./wire-type.ts";

/** Fields from here on are members of the oneof `body`, known or not. */
const firstBody = SignalField.offer;

/**
 * One `SignalRequest`, read as far as the relay needs it. What a signal consists of stays where it is: a view
 * costs as much as reading twenty bytes, so the hot path goes by positions, and makes one view in all.
 */
export class ReadSignal {
  readonly bytes: Buffer;
  seq = 0;
  ack = 0;
  to = "";
  toSession = 0;
  /** The field number of the body; 0 when there is none, or none that is known. */
  body = 0;
  /** Whether there is a body that this version does not know. */
  unknownBody = false;
  /** Where the encoded body message begins and ends. */
  bodyStart = 0;
  bodyEnd = 0;
  /** Where the value of `negotiation_id` begins and ends. */
  negotiationIdStart = 0;
  negotiationIdEnd = 0;
  /** Where the fields `negotiation_id` and body begin, at their tags; -1 if they are absent. */
  negotiationFieldStart = -1;
  bodyFieldStart = -1;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** Whether this is no more than an acknowledgement. */
  get isBareAck(): boolean {
    return this.body === 0 && this.seq === 0 && this.ack !== 0 && !this.unknownBody;
  }

  /** The value of `negotiation_id`. */
  get negotiationId(): string {
    return this.bytes.toString("latin1", this.negotiationIdStart, this.negotiationIdEnd);
  }

  /** The encoded body message. A view into the request's own bytes. */
  get bodyBytes(): Buffer {
    return this.bytes.subarray(this.bodyStart, this.bodyEnd);
  }

  /** The encoded fields `negotiation_id` and body, tags included: what is passed on. A view, as a rule. */
  get relayBytes(): Uint8Array {
    const { bytes, bodyFieldStart, bodyEnd, negotiationFieldStart, negotiationIdEnd } = this;
    if (bodyFieldStart < 0) return none;
    if (negotiationFieldStart < 0) return bytes.subarray(bodyFieldStart, bodyEnd);
    if (negotiationIdEnd === bodyFieldStart) return bytes.subarray(negotiationFieldStart, bodyEnd);
    return Buffer.concat([
      bytes.subarray(negotiationFieldStart, negotiationIdEnd),
      bytes.subarray(bodyFieldStart, bodyEnd),
    ]);
  }
}

const none = new Uint8Array(0);

/** Reads one encoded `SignalRequest`. Throws MalformedError when it is not one. */
export function readSignal(bytes: Uint8Array, start = 0, end = bytes.byteLength): ReadSignal {
  const reader = new FieldReader(bytes, start, end);
  const signal = new ReadSignal(reader.bytes);
  while (reader.next()) {
    switch (reader.field) {
      case SignalField.seq:
        reader.expect(WireType.varint);
        signal.seq = reader.varint;
        break;
      case SignalField.ack:
        reader.expect(WireType.varint);
        signal.ack = reader.varint;
        break;
      case SignalField.to:
        signal.to = reader.text();
        break;
      case SignalField.negotiationId:
        reader.expectText();
        signal.negotiationFieldStart = reader.fieldStart;
        signal.negotiationIdStart = reader.valueStart;
        signal.negotiationIdEnd = reader.valueEnd;
        break;
      case SignalField.toSession:
        reader.expect(WireType.varint);
        signal.toSession = reader.varint;
        break;
      case SignalField.offer:
      case SignalField.answer:
      case SignalField.iceCandidate:
      case SignalField.bye:
      case SignalField.restart:
      case SignalField.rebind:
      case SignalField.join:
      case SignalField.resume:
      case SignalField.leave:
      case SignalField.heartbeat:
      case SignalField.update:
      case SignalField.refresh:
      case SignalField.decide:
      case SignalField.unreadable:
      case SignalField.unnumbered:
        reader.expect(WireType.bytes);
        // No encoder writes a oneof twice, and merging the two as protobuf specifies would cost more than relaying.
        if (signal.body !== 0) throw new MalformedError("it has two bodies");
        signal.body = reader.field;
        signal.bodyFieldStart = reader.fieldStart;
        signal.bodyStart = reader.valueStart;
        signal.bodyEnd = reader.valueEnd;
        break;
      default: // a field of a later version
        if (reader.field >= firstBody) signal.unknownBody = true;
    }
  }
  return signal;
}
