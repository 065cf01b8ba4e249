/** The least size of a piece, in bytes: a burst of candidates fits. */
const leastBytes = 1024;
/** The size of a piece is a multiple of this, in bytes, so that later payloads find one that fits. */
const stepBytes = 512;
/** Larger pieces are rare, and not kept, in bytes. */
const mostKeptBytes = 16_384;
/** How many bytes of pieces are kept for later payloads, of all mailboxes. */
const mostSpareBytes = 1 << 20;

/** Pieces that no payload uses, by their size in steps. */
const spare: Piece[][] = Array.from({ length: mostKeptBytes / stepBytes + 1 }, () => []);
let spareBytes = 0;

/** Memory for several payloads of one mailbox. */
export class Piece {
  readonly buffer: ArrayBuffer;
  /** Where the next payload begins. */
  at = 0;
  /** How many payloads use it. */
  payloads = 0;

  constructor(bytes: number) {
    // No zeros are needed, and nothing that is shared with others.
    this.buffer = Buffer.allocUnsafeSlow(bytes).buffer;
  }
}

/**
 * Memory for the payloads of one mailbox, a piece at a time. Not from the pool of `allocUnsafe`, which all share:
 * an entry that waits there for its reader keeps 64 KiB of others, and a mailbox of them many times its bound.
 *
 * Pieces are used again, by any mailbox. Memory outside V8's heap counts towards the limit at which its garbage
 * collector marks the whole heap: when every payload got new memory, that happened twice a second at half load.
 */
export class PayloadArena {
  #current: Piece | undefined;

  /** A piece with room for so many bytes more; `release` follows for each payload in it. */
  take(bytes: number): Piece {
    let piece = this.#current;
    if (piece === undefined || piece.at + bytes > piece.buffer.byteLength) {
      piece = pieceOf(bytes);
      this.#current = piece;
    }
    piece.payloads++;
    return piece;
  }

  /** A payload in this piece is not read any more. */
  release(piece: Piece): void {
    if (--piece.payloads > 0) return;
    if (piece === this.#current) this.#current = undefined;
    keep(piece);
  }
}

function pieceOf(bytes: number): Piece {
  const steps = Math.ceil(Math.max(bytes, leastBytes) / stepBytes);
  const known = spare[steps]?.pop();
  if (known === undefined) return new Piece(steps * stepBytes);
  spareBytes -= known.buffer.byteLength;
  return known;
}

function keep(piece: Piece): void {
  const { byteLength } = piece.buffer;
  const pieces = spare[byteLength / stepBytes];
  if (pieces === undefined || spareBytes + byteLength > mostSpareBytes) return;
  piece.at = 0;
  spareBytes += byteLength;
  pieces.push(piece);
}
