import { malformed } from "./wire-error.ts";

const padding = 64;
const whitespace = 65;
const foreign = 255;

/** The value of each character of base64 (RFC 4648 section 4). */
const values = Uint8Array.from({ length: 256 }, (_, code) => {
  const character = String.fromCharCode(code);
  if (character === "=") return padding;
  if (" \t\r\n".includes(character)) return whitespace;
  const value = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".indexOf(character);
  return value < 0 ? foreign : value;
});

/**
 * Decodes a body of base64 that comes in pieces of any size, as in grpc-web-text. Any group of four may be padded:
 * each piece that a client flushes is encoded by itself, and Node's own decoder stops at the first padding.
 */
export class Base64Reader {
  /** The group that is not whole yet: its characters, how many of them are padding, and their bits. */
  #characters = 0;
  #padded = 0;
  #bits = 0;

  /** The next bytes. Throws a WireFault. */
  decode(chunk: Uint8Array): Uint8Array {
    const bytes = Buffer.allocUnsafeSlow(Math.ceil((chunk.byteLength + 3) / 4) * 3);
    let length = 0;
    for (let at = 0; at < chunk.byteLength; at++) {
      const value = values[chunk[at] ?? 0] ?? foreign;
      if (value === whitespace) continue;
      if (value === padding) {
        if (this.#characters < 2) throw notBase64();
        this.#padded++;
      } else if (value === foreign || this.#padded > 0) throw notBase64();
      this.#bits = (this.#bits << 6) | (value & 63);
      if (++this.#characters === 4) length = this.#take(bytes, length);
    }
    return bytes.subarray(0, length);
  }

  /** The bytes of a last group without padding. Throws a WireFault. */
  end(): Uint8Array {
    if (this.#characters === 0) return new Uint8Array(0);
    if (this.#characters === 1 || this.#padded > 0) throw notBase64();
    const missing = 4 - this.#characters;
    this.#bits <<= 6 * missing;
    this.#padded = missing;
    const bytes = new Uint8Array(3);
    return bytes.subarray(0, this.#take(bytes, 0));
  }

  /** Writes the bytes of a whole group; returns where they end. */
  #take(bytes: Uint8Array, start: number): number {
    bytes[start] = this.#bits >>> 16;
    bytes[start + 1] = this.#bits >>> 8;
    bytes[start + 2] = this.#bits;
    const end = start + 3 - this.#padded;
    this.#characters = 0;
    this.#padded = 0;
    this.#bits = 0;
    return end;
  }
}

function notBase64() {
  return malformed("the body is not base64");
}
