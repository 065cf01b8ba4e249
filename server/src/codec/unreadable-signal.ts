import { SignalField } from "./field-numbers.ts";
import { FieldReader, MalformedError } from "./field-reader.ts";
import { varintLength, writeVarint } from "./varint.ts";
import { tagOf, WireType } from "./wire-type.ts";

const seqTag = tagOf(SignalField.seq, WireType.varint);

/**
 * Encodes what stands for a signal that could not be read: its number if at least that could, and what is wrong with
 * it. The fields are none of the contract; a client that sends them rejects a signal of its own.
 */
export function encodeUnreadable(seq: number | undefined, fault: string): Uint8Array {
  const text = Buffer.from(fault);
  const field = seq === undefined ? SignalField.unnumbered : SignalField.unreadable;
  const tag = tagOf(field, WireType.bytes);
  const head = new Uint8Array(1 + varintLength(seq ?? 0) + varintLength(tag) + varintLength(text.byteLength));
  head[0] = seqTag;
  const afterSeq = writeVarint(head, 1, seq ?? 0);
  writeVarint(head, writeVarint(head, afterSeq, tag), text.byteLength);
  return Buffer.concat([head, text]);
}

/** The number of a signal that is malformed elsewhere, 0 if it has none; undefined if it cannot be read. */
export function seqOfMalformed(bytes: Uint8Array, start = 0, end = bytes.byteLength): number | undefined {
  const reader = new FieldReader(bytes, start, end);
  let seq: number | undefined;
  try {
    while (reader.next()) {
      if (reader.field === SignalField.unnumbered) return undefined;
      if (reader.field !== SignalField.seq) continue;
      reader.expect(WireType.varint);
      seq = reader.varint;
    }
    return seq ?? 0;
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    return seq;
  }
}
