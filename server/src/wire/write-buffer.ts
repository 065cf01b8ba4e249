import type { ByteString } from "./byte-string.ts";

/** Room for most of what goes out together, in bytes: a burst of candidates, a session description. */
const pieceBytes = 8192;
/** How many pieces are kept for the next writes. */
const sparePieces = 256;

const spare: Buffer[] = [];

/** The messages that leave in the next write, each behind a header of its transport. */
export abstract class WriteBuffer {
  #buffer: Buffer | undefined;
  #bytes = 0;

  /** How many bytes wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** All that waits, as bytes or as base64; undefined if nothing does. */
  take(encoding: "latin1" | "base64" = "latin1"): ByteString | undefined {
    const buffer = this.#buffer;
    if (buffer === undefined) return undefined;
    const taken = buffer.toString(encoding, 0, this.#bytes);
    this.drop();
    return taken;
  }

  /** Forgets what waits. */
  drop(): void {
    const buffer = this.#buffer;
    if (buffer?.byteLength === pieceBytes && spare.length < sparePieces) spare.push(buffer);
    this.#buffer = undefined;
    this.#bytes = 0;
  }

  /** Appends a message of two parts, behind room for its header, and returns the buffer for the header to be written. */
  protected append(headerBytes: number, head: Uint8Array, rest: Uint8Array | undefined): Buffer {
    const length = head.byteLength + (rest === undefined ? 0 : rest.byteLength);
    const buffer = this.#reserve(headerBytes + length);
    const at = this.#bytes + headerBytes;
    buffer.set(head, at);
    if (rest !== undefined) buffer.set(rest, at + head.byteLength);
    this.#bytes = at + length;
    return buffer;
  }

  /** A buffer with room for so many bytes more. */
  #reserve(more: number): Buffer {
    const needed = this.#bytes + more;
    const old = this.#buffer;
    if (old !== undefined && old.byteLength >= needed) return old;
    const buffer =
      needed <= pieceBytes
        ? (spare.pop() ?? Buffer.allocUnsafeSlow(pieceBytes))
        : Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes * 2));
    const bytes = this.#bytes;
    if (old !== undefined) {
      buffer.set(old.subarray(0, bytes));
      this.drop();
    }
    this.#buffer = buffer;
    this.#bytes = bytes;
    return buffer;
  }
}
