import { envelopeHeaderBytes } from "./envelope-reader.ts";
import { WriteBuffer } from "./write-buffer.ts";

/** The envelopes that leave in the next write. */
export class EnvelopeBuffer extends WriteBuffer {
  /** Queues one envelope. Both parts are copied. */
  add(flags: number, head: Uint8Array, rest?: Uint8Array): void {
    const at = this.bytes;
    const buffer = this.append(envelopeHeaderBytes, head, rest);
    const length = this.bytes - at - envelopeHeaderBytes;
    buffer[at] = flags;
    buffer[at + 1] = length >>> 24;
    buffer[at + 2] = length >>> 16;
    buffer[at + 3] = length >>> 8;
    buffer[at + 4] = length;
  }
}
