import { varintLength, writeVarint } from "../../codec/varint.ts";
import { WriteBuffer } from "../../wire/write-buffer.ts";

/** The messages that leave in the next write, each behind its length as a varint. */
export class MessageBuffer extends WriteBuffer {
  /** Queues one message. Both parts are copied. */
  add(head: Uint8Array, rest?: Uint8Array): void {
    const at = this.bytes;
    const length = head.byteLength + (rest === undefined ? 0 : rest.byteLength);
    const buffer = this.append(varintLength(length), head, rest);
    writeVarint(buffer, at, length);
  }
}
