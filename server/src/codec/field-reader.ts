import { isUtf8 } from "node:buffer";
import { WireType } from "./wire-type.ts";

/** The bytes are not a well-formed protobuf message. */
export class MalformedError extends Error {
  override readonly name = "MalformedError";
}

/** Up to this length looking at each byte takes less than making a view of them for Node to look at. */
const shortBytes = 256;

function isAscii(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if ((bytes[at] ?? 0) > 0x7f) return false;
  return true;
}

/**
 * More fields than any message of the contract has, with room for later versions: a field of two bytes costs as much
 * to read as one of many.
 */
const defaultMaxFields = 64;

/**
 * Walks over the fields of one encoded protobuf message without building an object. Made for the messages
 * that the relay passes on: it checks that the bytes are well formed, so that what one peer sends cannot
 * break the decoder of another.
 */
export class FieldReader {
  readonly bytes: Buffer;
  readonly end: number;
  /** The number and the wire type of the current field. */
  field = 0;
  wireType = 0;
  /** Where the current field begins: at its tag. */
  fieldStart = 0;
  /** Where its value begins and ends: behind the length, if it has one. */
  valueStart = 0;
  valueEnd = 0;
  /** Its value, if it is a varint: the low 32 bits, unsigned. */
  varint = 0;
  #at: number;
  #fieldsLeft: number;

  constructor(bytes: Uint8Array, start = 0, end = bytes.byteLength, maxFields = defaultMaxFields) {
    this.bytes = Buffer.isBuffer(bytes)
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.end = end;
    this.#at = start;
    this.#fieldsLeft = maxFields;
  }

  /** Goes to the next field; false at the end. Throws MalformedError. */
  next(): boolean {
    if (this.#at >= this.end) return false;
    if (--this.#fieldsLeft < 0) throw new MalformedError("it has too many fields");
    this.fieldStart = this.#at;
    const tag = this.#readUint32();
    this.field = tag >>> 3;
    this.wireType = tag & 7;
    if (this.field === 0) throw new MalformedError("field number 0");
    this.valueStart = this.#at;
    switch (this.wireType) {
      case WireType.varint:
        this.varint = this.#readVarint();
        this.valueEnd = this.#at;
        break;
      case 1:
        this.#skip(8);
        break;
      case WireType.bytes: {
        const length = this.#readUint32();
        this.valueStart = this.#at;
        this.#skip(length);
        break;
      }
      case 5:
        this.#skip(4);
        break;
      default:
        // Groups (3, 4) do not occur in proto3, 6 and 7 do not exist.
        throw new MalformedError(`wire type ${this.wireType}`);
    }
    return true;
  }

  /** The bytes of the current value. Not a copy, but not for nothing either: see `valueStart`. */
  value(): Buffer {
    return this.bytes.subarray(this.valueStart, this.valueEnd);
  }

  /** The current value as a string. Throws MalformedError if it is not one. */
  text(): string {
    const encoding = this.#checkText() ? "latin1" : "utf8";
    return this.bytes.toString(encoding, this.valueStart, this.valueEnd);
  }

  /** Throws unless the current value is UTF-8: a strict decoder would refuse it. */
  expectText(): void {
    this.#checkText();
  }

  /** Throws unless the current field has this wire type. */
  expect(wireType: number): void {
    if (this.wireType !== wireType)
      throw new MalformedError(`field ${this.field} has wire type ${this.wireType}`);
  }

  /** Whether the current value is all ASCII. Throws if it is not text. */
  #checkText(): boolean {
    this.expect(WireType.bytes);
    const { valueStart, valueEnd } = this;
    if (valueEnd - valueStart <= shortBytes && isAscii(this.bytes, valueStart, valueEnd)) return true;
    if (!isUtf8(this.value())) throw new MalformedError(`field ${this.field} is not UTF-8`);
    return false;
  }

  #skip(length: number): void {
    this.#at += length;
    if (this.#at > this.end) throw new MalformedError("truncated");
    this.valueEnd = this.#at;
  }

  #readVarint(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.#at >= this.end) throw new MalformedError("truncated");
      const byte = this.bytes[this.#at++] ?? 0;
      // Like every protobuf decoder, a 32-bit field takes the low 32 bits of a longer varint.
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte >= 0x80) continue;
      if (shift === 63 && byte > 1) break;
      return value >>> 0;
    }
    throw new MalformedError("a varint has more than 64 bits");
  }

  /** A tag or a length. What is longer is refused, since decoders do not agree on what it means. */
  #readUint32(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      if (this.#at >= this.end) throw new MalformedError("truncated");
      const byte = this.bytes[this.#at++] ?? 0;
      value |= (byte & 0x7f) << shift;
      if (byte >= 0x80) continue;
      if (shift === 28 && byte > 0x0f) break;
      return value >>> 0;
    }
    throw new MalformedError("a tag or a length has more than 32 bits");
  }
}
