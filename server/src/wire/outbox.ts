import { envelopeHeaderBytes } from "./envelope-reader.ts";

const none: Uint8Array = new Uint8Array(0);

/** The envelopes that leave in the next write. */
export class Outbox {
  readonly #flags: number[] = [];
  /** Two for each envelope: head and rest. */
  readonly #parts: Uint8Array[] = [];
  #bytes = 0;

  /** How many bytes wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Queues one envelope. The bytes are not copied before `take`. */
  add(flags: number, head: Uint8Array, rest: Uint8Array = none): void {
    this.#flags.push(flags);
    this.#parts.push(head, rest);
    this.#bytes += envelopeHeaderBytes + head.byteLength + rest.byteLength;
  }

  /** All that waits, in one buffer; undefined where nothing does. */
  take(): Uint8Array | undefined {
    if (this.#bytes === 0) return undefined;
    const out = Buffer.allocUnsafe(this.#bytes);
    let at = 0;
    for (let index = 0; index < this.#flags.length; index++) {
      const head = this.#parts[index * 2] ?? none;
      const rest = this.#parts[index * 2 + 1] ?? none;
      out[at] = this.#flags[index] ?? 0;
      out.writeUInt32BE(head.byteLength + rest.byteLength, at + 1);
      at += envelopeHeaderBytes;
      out.set(head, at);
      at += head.byteLength;
      out.set(rest, at);
      at += rest.byteLength;
    }
    this.#flags.length = 0;
    this.#parts.length = 0;
    this.#bytes = 0;
    return out;
  }
}
