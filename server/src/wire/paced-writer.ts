import type { Writable } from "node:stream";
import type { ByteString } from "./byte-string.ts";

/** How much Node is given at a time, in bytes. */
const sliceBytes = 8192;

/**
 * Writes a long text in slices, each when the one before has left. Node does not show how much of a piece has left a
 * stream of HTTP/2: given all at once, a client that reads slowly would look like one that does not read at all.
 */
export class PacedWriter {
  readonly #writable: Writable;
  readonly #onEmpty: () => void;
  #text: ByteString = "";
  #at = 0;
  #busy = false;
  #ending = false;

  /** @param onEmpty called when all has left, unless `end` was called. */
  constructor(writable: Writable, onEmpty: () => void) {
    this.#writable = writable;
    this.#onEmpty = onEmpty;
  }

  /** The bytes that Node was not given yet. */
  get waiting(): number {
    return this.#text.length - this.#at;
  }

  add(text: ByteString): void {
    this.#text = this.#text.slice(this.#at) + text;
    this.#at = 0;
    if (!this.#busy) this.#next();
  }

  /** Ends the stream after what waits. */
  end(): void {
    this.#ending = true;
    if (this.waiting === 0) this.#writable.end();
  }

  #next(): void {
    if (this.waiting === 0) return;
    const slice = this.#text.slice(this.#at, this.#at + sliceBytes);
    this.#at += slice.length;
    this.#busy = true;
    this.#writable.write(slice, "latin1", this.#written);
    if (this.#ending && this.waiting === 0) this.#writable.end();
  }

  readonly #written = (error?: Error | null): void => {
    this.#busy = false;
    if (error || this.#writable.destroyed) return;
    if (this.waiting > 0) this.#next();
    else if (!this.#ending) this.#onEmpty();
  };
}
