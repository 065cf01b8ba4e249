import { CodecError } from "./codec-error.ts";

// A leading U+FEFF is text, and bytes that are not UTF-8 are an error.
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** How deep groups may lie within one another, in bytes that a later version or another program wrote. */
const groupDepth = 100;

/** A walk over bytes. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #place = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#place >= this.#bytes.length;
  }

  /** A varint of up to 64 bits, as the two halves of an unsigned number. */
  varint(): { low: number; high: number } {
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#byte();
      if (shift < 28) low |= (byte & 127) << shift;
      else if (shift === 28) {
        low |= (byte & 127) << 28;
        high = (byte & 127) >> 4;
      } else high |= (byte & 127) << (shift - 32);
      if (byte < 128) return { low: low >>> 0, high: high >>> 0 };
    }
    throw new CodecError("a varint has more than ten bytes");
  }

  /** Bytes that follow their length: not a copy. */
  bytes(): Uint8Array {
    return this.#take(this.varint().low);
  }

  string(): string {
    try {
      return utf8.decode(this.bytes());
    } catch (cause) {
      if (cause instanceof CodecError) throw cause;
      throw new CodecError("a string is not UTF-8", { cause });
    }
  }

  /** Passes over a value, of a field that is not known. */
  skip(field: number, wire: number, depth = 0): void {
    if (wire === 0) this.varint();
    else if (wire === 1) this.#take(8);
    else if (wire === 2) this.bytes();
    else if (wire === 5) this.#take(4);
    else if (wire === 3 && depth < groupDepth) {
      for (;;) {
        const { low } = this.varint();
        if ((low & 7) === 4) {
          if (low >>> 3 !== field) throw new CodecError("a group ends that did not begin");
          return;
        }
        this.skip(low >>> 3, low & 7, depth + 1);
      }
    } else throw new CodecError(`the wire type ${wire} is not expected`);
  }

  #byte(): number {
    const byte = this.#bytes[this.#place++];
    if (byte === undefined) throw new CodecError("the message ends too early");
    return byte;
  }

  #take(count: number): Uint8Array {
    const end = this.#place + count;
    if (end > this.#bytes.length) throw new CodecError("the message ends too early");
    const bytes = this.#bytes.subarray(this.#place, end);
    this.#place = end;
    return bytes;
  }
}
