import { SignalResponseField } from "./field-numbers.ts";
import { varintLength, writeVarint } from "./varint.ts";
import { tagOf, WireType } from "./wire-type.ts";

const seqTag = tagOf(SignalResponseField.seq, WireType.varint);
const ackTag = tagOf(SignalResponseField.ack, WireType.varint);

/** One for each length that there is: each signal that goes out needs a head, and all of them write over these. */
const scratch = Array.from({ length: 13 }, (_, length) => new Uint8Array(length));

/**
 * The fields `seq` and `ack` of a `SignalResponse`, encoded: what stands before a mailbox payload. 0 is left out.
 * The bytes are good until the next call.
 */
export function encodeResponseHead(seq: number, ack: number): Uint8Array {
  const length = (seq === 0 ? 0 : 1 + varintLength(seq)) + (ack === 0 ? 0 : 1 + varintLength(ack));
  const head = scratch[length] ?? new Uint8Array(length);
  let at = 0;
  if (seq !== 0) {
    head[at++] = seqTag;
    at = writeVarint(head, at, seq);
  }
  if (ack !== 0) {
    head[at++] = ackTag;
    writeVarint(head, at, ack);
  }
  return head;
}
