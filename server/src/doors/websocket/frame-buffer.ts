import { WriteBuffer } from "../../wire/write-buffer.ts";

/** The opcodes of frames (RFC 6455, section 5.2). */
export const Opcode = {
  continuation: 0x0,
  text: 0x1,
  binary: 0x2,
  close: 0x8,
  ping: 0x9,
  pong: 0xa,
} as const;

/** Every message is one frame. */
const final = 0x80;
/** Up to this many bytes, the length of a frame fits into its second byte. */
const shortBytes = 125;
const mediumBytes = 0xffff;

/** The frames that leave in the next write. Those of a server are not masked (RFC 6455, section 5.1). */
export class FrameBuffer extends WriteBuffer {
  /** Queues one frame. Both parts are copied. */
  add(opcode: number, head: Uint8Array, rest?: Uint8Array): void {
    const at = this.bytes;
    const length = head.byteLength + (rest === undefined ? 0 : rest.byteLength);
    if (length <= shortBytes) {
      const buffer = this.append(2, head, rest);
      buffer[at] = final | opcode;
      buffer[at + 1] = length;
    } else if (length <= mediumBytes) {
      const buffer = this.append(4, head, rest);
      buffer[at] = final | opcode;
      buffer[at + 1] = 126;
      buffer.writeUInt16BE(length, at + 2);
    } else {
      const buffer = this.append(10, head, rest);
      buffer[at] = final | opcode;
      buffer[at + 1] = 127;
      buffer.writeUInt32BE(0, at + 2);
      buffer.writeUInt32BE(length, at + 6);
    }
  }
}
