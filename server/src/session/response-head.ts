import { varintLength, writeVarint } from "./varint.ts";

const seqTag = 0x08; // field 1, varint
const ackTag = 0x10; // field 2, varint

/**
 * The fields `seq` and `ack` of a `SignalResponse`, encoded: what stands before a mailbox payload. Each signal
 * that goes out needs one, so it is written over the one before wherever that was as long.
 */
export class ResponseHead {
  #bytes: Uint8Array = new Uint8Array(0);

  /** The encoding, which is good until the next. 0 is left out. */
  encode(seq: number, ack: number): Uint8Array {
    const length = (seq === 0 ? 0 : 1 + varintLength(seq)) + (ack === 0 ? 0 : 1 + varintLength(ack));
    if (this.#bytes.byteLength !== length) this.#bytes = new Uint8Array(length);
    const bytes = this.#bytes;
    let at = 0;
    if (seq !== 0) {
      bytes[at++] = seqTag;
      at = writeVarint(bytes, at, seq);
    }
    if (ack !== 0) {
      bytes[at++] = ackTag;
      writeVarint(bytes, at, ack);
    }
    return bytes;
  }
}
