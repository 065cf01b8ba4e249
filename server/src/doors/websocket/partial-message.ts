import { grown } from "../../wire/growing-buffer.ts";
import { unmask } from "./unmask.ts";

/** A message that comes in several chunks or frames, and the frame of it that is under way. */
export class PartialMessage {
  readonly isBinary: boolean;
  /** How many frames of it have begun. */
  fragments = 0;
  /** What has come of it. */
  bytes = 0;
  /** What the frame under way still lacks, in bytes. */
  left = 0;
  /** Whether that frame is its last. */
  isFinal = false;
  #mask = 0;
  /** How much of the frame has come. */
  #read = 0;
  #buffer: Uint8Array | undefined;

  constructor(isBinary: boolean) {
    this.isBinary = isBinary;
  }

  /** Its next frame begins. */
  begin(length: number, mask: number, isFinal: boolean): void {
    this.fragments++;
    this.left = length;
    this.isFinal = isFinal;
    this.#mask = mask;
    this.#read = 0;
  }

  /** Copies more of the frame under way, masked as it came. */
  add(piece: Uint8Array, mostBytes: number): void {
    const { byteLength } = piece;
    const end = this.bytes + byteLength;
    const buffer = grown(this.#buffer, this.bytes, end, mostBytes);
    buffer.set(piece, this.bytes);
    unmask(new Uint8Array(buffer.buffer, buffer.byteOffset + this.bytes, byteLength), this.#mask, this.#read);
    this.#buffer = buffer;
    this.bytes = end;
    this.left -= byteLength;
    this.#read += byteLength;
  }

  /** What has come, unmasked. */
  get content(): Uint8Array {
    const buffer = this.#buffer;
    return buffer === undefined
      ? new Uint8Array(0)
      : new Uint8Array(buffer.buffer, buffer.byteOffset, this.bytes);
  }
}
