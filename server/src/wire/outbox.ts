import { envelopeHeaderBytes } from "./envelope-reader.ts";

/** Room for a burst of candidates, in bytes. */
const burstBytes = 1024;

/** The envelopes that leave in the next write. */
export class Outbox {
  #buffer: Buffer | undefined;
  #bytes = 0;

  /** How many bytes wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Queues one envelope. Both parts are copied. */
  add(flags: number, head: Uint8Array, rest?: Uint8Array): void {
    const length = head.byteLength + (rest === undefined ? 0 : rest.byteLength);
    const buffer = this.#reserve(envelopeHeaderBytes + length);
    let at = this.#bytes;
    buffer[at] = flags;
    buffer[at + 1] = length >>> 24;
    buffer[at + 2] = length >>> 16;
    buffer[at + 3] = length >>> 8;
    buffer[at + 4] = length;
    at += envelopeHeaderBytes;
    buffer.set(head, at);
    if (rest !== undefined) buffer.set(rest, at + head.byteLength);
    this.#bytes = at + length;
  }

  /** All that waits, in one buffer that lies in the pool of `allocUnsafe`; undefined where nothing does. */
  take(): Uint8Array | undefined {
    const buffer = this.#buffer;
    const bytes = this.#bytes;
    this.#buffer = undefined;
    this.#bytes = 0;
    return buffer?.byteLength === bytes ? buffer : buffer?.subarray(0, bytes);
  }

  /** A buffer with room for so many bytes more. */
  #reserve(more: number): Buffer {
    const needed = this.#bytes + more;
    const old = this.#buffer;
    if (old !== undefined && old.byteLength >= needed) return old;
    const buffer = Buffer.allocUnsafe(Math.max(needed, old === undefined ? burstBytes : old.byteLength * 2));
    if (old !== undefined) buffer.set(old.subarray(0, this.#bytes));
    this.#buffer = buffer;
    return buffer;
  }
}
