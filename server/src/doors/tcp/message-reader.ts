import { grown } from "../../wire/growing-buffer.ts";
import { malformed, tooLarge } from "../../wire/wire-error.ts";

/**
 * How a connection begins: no method of HTTP, no record of TLS and no header of the PROXY protocol has this first byte.
 * The number is that of the framing, which the messages of a later version of the contract may share.
 */
export const preface = Buffer.from("\0parley1", "latin1");

/** As many bytes as the varint of a 32-bit number may have: some encoders leave room for all of them. */
const mostLengthBytes = 5;
/** What has the length of no message. */
const noLength = -1;

/** Where the messages go. */
export interface MessageSink {
  /** The bytes that the next message may have. */
  readonly messageBytes: number;
  /** Whether another message may come now. */
  readonly takesMessages: boolean;
  /** Takes one message. The bytes are the reader's again when this returns. */
  message(bytes: Uint8Array): void;
}

/**
 * Cuts the bytes of a connection into messages, each behind its length as a varint. Reserves room for what has come,
 * never for what a length promises.
 */
export class MessageReader {
  readonly #sink: MessageSink;
  /** How much of the preface has come; all of it if the client leaves it out. */
  #prefaceBytes = 0;
  /** The length of the message that is coming; none while that comes itself. */
  #length = noLength;
  #partialLength = 0;
  #lengthBytes = 0;
  /** What has come of the message, if it does not come at once. */
  #held: Uint8Array | undefined;
  #heldBytes = 0;

  constructor(sink: MessageSink) {
    this.#sink = sink;
  }

  /**
   * Reads what came, as long as the sink takes messages; returns how many bytes that were. The rest has to be given
   * again. Throws a WireFault, behind which nothing can be read.
   */
  read(bytes: Uint8Array): number {
    let at = this.#prefaceBytes < preface.byteLength ? this.#readPreface(bytes) : 0;
    while (at < bytes.byteLength && this.#sink.takesMessages) {
      at = this.#length === noLength ? this.#readLength(bytes, at) : this.#readMessage(bytes, at);
    }
    return at;
  }

  /** With ALPN, a client may leave it out: the first byte of a message with any content is not 0. */
  #readPreface(bytes: Uint8Array): number {
    if (this.#prefaceBytes === 0 && bytes[0] !== preface[0]) {
      this.#prefaceBytes = preface.byteLength;
      return 0;
    }
    let at = 0;
    while (at < bytes.byteLength && this.#prefaceBytes < preface.byteLength) {
      if (bytes[at++] !== preface[this.#prefaceBytes++]) throw malformed("the first bytes are not a preface");
    }
    return at;
  }

  #readLength(bytes: Uint8Array, start: number): number {
    const limit = this.#sink.messageBytes;
    let at = start;
    while (at < bytes.byteLength) {
      const byte = bytes[at++] ?? 0;
      this.#partialLength += (byte & 0x7f) * 2 ** (7 * this.#lengthBytes++);
      // What follows can only make it larger.
      if (this.#partialLength > limit) throw tooLarge(limit);
      if (byte < 0x80) {
        this.#length = this.#partialLength;
        this.#partialLength = 0;
        this.#lengthBytes = 0;
        if (this.#length === 0) this.#deliver(bytes.subarray(at, at));
        return at;
      }
      if (this.#lengthBytes === mostLengthBytes) throw malformed("the length of a message is not a varint");
    }
    return at;
  }

  #readMessage(bytes: Uint8Array, start: number): number {
    const missing = this.#length - this.#heldBytes;
    const end = Math.min(start + missing, bytes.byteLength);
    const part = bytes.subarray(start, end);
    if (part.byteLength === this.#length) {
      this.#deliver(part);
      return end;
    }
    const bytesNow = this.#heldBytes + part.byteLength;
    this.#held = grown(this.#held, this.#heldBytes, bytesNow, this.#length);
    this.#held.set(part, this.#heldBytes);
    this.#heldBytes = bytesNow;
    if (part.byteLength === missing) this.#deliver(this.#held.subarray(0, bytesNow));
    return end;
  }

  #deliver(message: Uint8Array): void {
    this.#length = noLength;
    this.#held = undefined;
    this.#heldBytes = 0;
    this.#sink.message(message);
  }
}
