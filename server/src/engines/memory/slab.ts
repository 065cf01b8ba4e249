/** A piece of memory for several payloads, in bytes: as many as a burst of candidates brings. */
const pieceBytes = 1024;

/**
 * Memory for the payloads of one mailbox, a piece at a time. Not from the pool of `allocUnsafe`, which all share:
 * an entry that waits there for its reader keeps 64 KiB of others, and a mailbox of them many times its bound.
 */
export class Slab {
  #piece: Buffer | undefined;
  #at = 0;

  /** Room for so many bytes, of any content. */
  take(bytes: number): Buffer {
    let piece = this.#piece;
    if (piece === undefined || this.#at + bytes > piece.byteLength) {
      piece = Buffer.allocUnsafeSlow(Math.max(bytes, pieceBytes));
      this.#piece = piece;
      this.#at = 0;
    }
    const start = this.#at;
    this.#at += bytes;
    return piece.subarray(start, this.#at);
  }

  /** Lets go of what is left of the piece. What was taken stays. */
  drop(): void {
    this.#piece = undefined;
  }
}
