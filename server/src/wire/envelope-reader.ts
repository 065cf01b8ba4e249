import { grown } from "./growing-buffer.ts";
import { malformed, tooLarge } from "./wire-error.ts";

/** Flags, and the length of what follows. */
export const envelopeHeaderBytes = 5;

/** The only flag of a request. */
const compressedFlag = 1;
const jsonStarts = new Set(Buffer.from("{[ "));

/** What to report of a body that begins with this byte, which is no flag. */
function withoutEnvelope(byte: number): string {
  const body = jsonStarts.has(byte) ? "plain JSON" : `a byte ${byte}`;
  return (
    `the envelope is missing: before each message stand a byte of flags, 0 or 1, and its length in four bytes, ` +
    `big-endian; this body begins with ${body}`
  );
}

/** Takes one envelope after the other. */
export interface EnvelopeSink {
  /** The limit of the next message, in bytes. */
  readonly messageLimit: number;
  /** The beginning of a message that is not complete yet, `headBytes` long or longer. */
  head(flags: number, bytes: Uint8Array): void;
  /** The bytes are the reader's: they stay as they are, and may lie in a larger buffer. */
  envelope(flags: number, bytes: Uint8Array): void;
}

/**
 * Cuts a body into its envelopes (flags, length, message: the framing that gRPC, gRPC-Web and Connect
 * share). A message that lies whole in one chunk is not copied. Memory is asked for only after the length
 * was found within the limit, and grows with what has really come.
 */
export class EnvelopeReader {
  readonly #headBytes: number;
  readonly #sink: EnvelopeSink;
  #chunk: Uint8Array | undefined;
  #at = 0;
  /** How many bytes of the header are read; 5 while the message is read. */
  #header = 0;
  #flags = 0;
  #length = 0;
  #partial: Uint8Array | undefined;
  #filled = 0;
  #headTold = false;
  #running = false;
  #paused = false;

  /** @param headBytes after which the sink looks at a message that is still coming. */
  constructor(headBytes: number, sink: EnvelopeSink) {
    this.#headBytes = headBytes;
    this.#sink = sink;
  }

  /** Whether all that came is handed on, and nothing is begun. */
  get atBoundary(): boolean {
    return this.#header === 0 && this.#chunk === undefined;
  }

  /** Whether whole envelopes may still lie here: behind a pause. */
  get holding(): boolean {
    return this.#chunk !== undefined;
  }

  /** Takes the next chunk. Throws a WireFault, and whatever the sink throws. */
  push(chunk: Uint8Array): void {
    this.#chunk = this.#chunk === undefined ? chunk : Buffer.concat([this.#chunk.subarray(this.#at), chunk]);
    this.#at = 0;
    this.#run();
  }

  /** Hands nothing on until `resume`, not even what has come already. */
  pause(): void {
    this.#paused = true;
  }

  /** Goes on. Throws as `push` does. */
  resume(): void {
    this.#paused = false;
    this.#run();
  }

  /** Forgets everything, and hands nothing on any more. */
  stop(): void {
    this.#paused = true;
    this.#chunk = undefined;
    this.#partial = undefined;
  }

  #run(): void {
    if (this.#running) return;
    this.#running = true;
    try {
      for (let chunk = this.#chunk; chunk !== undefined && !this.#paused; chunk = this.#chunk) {
        if (this.#header === envelopeHeaderBytes || this.#readHeader(chunk)) this.#readMessage(chunk);
        if (this.#chunk === chunk && this.#at === chunk.byteLength) this.#chunk = undefined;
      }
    } finally {
      this.#running = false;
    }
  }

  /** True when the header is complete. */
  #readHeader(chunk: Uint8Array): boolean {
    const end = Math.min(chunk.byteLength, this.#at + envelopeHeaderBytes - this.#header);
    for (; this.#at < end; this.#at++, this.#header++) {
      const byte = chunk[this.#at] ?? 0;
      if (this.#header === 0) {
        this.#flags = byte;
        this.#length = 0;
      } else this.#length = this.#length * 256 + byte;
    }
    if (this.#header < envelopeHeaderBytes) return false;
    // Before the length: without an envelope, it would be four characters of the message.
    if (this.#flags > compressedFlag) throw malformed(withoutEnvelope(this.#flags));
    const limit = this.#sink.messageLimit;
    if (this.#length > limit) throw tooLarge(limit);
    return true;
  }

  #readMessage(chunk: Uint8Array): void {
    const left = chunk.byteLength - this.#at;
    if (this.#filled === 0 && left >= this.#length) {
      const bytes = chunk.subarray(this.#at, this.#at + this.#length);
      this.#at += this.#length;
      this.#handOn(bytes);
      return;
    }
    const taken = Math.min(left, this.#length - this.#filled);
    const partial = grown(this.#partial, this.#filled, this.#filled + taken, this.#length);
    this.#partial = partial;
    partial.set(chunk.subarray(this.#at, this.#at + taken), this.#filled);
    this.#at += taken;
    this.#filled += taken;
    if (this.#filled === this.#length) return this.#handOn(partial.subarray(0, this.#length));
    if (this.#headTold || this.#filled < this.#headBytes) return;
    this.#headTold = true;
    this.#sink.head(this.#flags, partial.subarray(0, this.#filled));
  }

  #handOn(bytes: Uint8Array): void {
    this.#header = 0;
    this.#filled = 0;
    this.#partial = undefined;
    this.#headTold = false;
    this.#sink.envelope(this.#flags, bytes);
  }
}
