import { CodecError } from "./codec-error.ts";

const utf8 = new TextEncoder();

/** Bytes in the making. */
export class ByteWriter {
  #bytes = new Uint8Array(128);
  #length = 0;

  varint(value: number | bigint): void {
    let rest = value;
    if (typeof rest === "number" && rest > 0xffffffff) throw new CodecError(`${value} has more than 32 bits`);
    // Negative numbers take ten bytes, as two's complement of 64 bits.
    if (rest < 0) rest = BigInt.asUintN(64, BigInt(rest));
    while (rest > 127) {
      this.#byte(Number(typeof rest === "bigint" ? rest & 127n : rest & 127) | 128);
      rest = typeof rest === "bigint" ? rest >> 7n : rest >>> 7;
    }
    this.#byte(Number(rest));
  }

  /** Bytes with their length in front. */
  bytes(value: Uint8Array): void {
    this.varint(value.length);
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  string(value: string): void {
    this.bytes(utf8.encode(value));
  }

  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }

  #byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const larger = new Uint8Array((this.#length + count) * 2);
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}
