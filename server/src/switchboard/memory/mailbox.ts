import type { MailboxEntry } from "../switchboard.ts";
import { Slab } from "./slab.ts";

/** What an entry costs beside its payload, roughly: the entry, its place in the array, its head on the wire. */
export const entryOverheadBytes = 64;

const none = new Uint8Array(0);

export interface MailboxLimits {
  readonly signals: number;
  readonly bytes: number;
}

/**
 * The numbered signals of one session that its client has not acknowledged yet. Bounded: an entry that was
 * handed to the stream may be dropped when room is needed, one that was not never is.
 */
export class Mailbox {
  /** The number of the newest entry there ever was. */
  lastSeq = 0;
  /** The newest entry that was handed to the stream. */
  cursor = 0;
  #bytes = 0;
  readonly #entries: MailboxEntry[] = [];
  readonly #slab = new Slab();

  /** The number of the oldest entry that is still here; one past `lastSeq` when there is none. */
  get firstSeq(): number {
    return this.lastSeq - this.size + 1;
  }

  get size(): number {
    return this.#entries.length;
  }

  /**
   * Stores a payload, which is `head` and `rest`, as the next entry, or returns undefined when there is no room
   * for it. A copy: neither part is kept.
   */
  push(limits: MailboxLimits, head: Uint8Array, rest: Uint8Array = none): MailboxEntry | undefined {
    const bytes = head.byteLength + rest.byteLength;
    const cost = bytes + entryOverheadBytes;
    while (this.size >= limits.signals || this.#bytes + cost > limits.bytes) {
      if (this.size === 0 || this.firstSeq > this.cursor) return undefined;
      this.#dropFirst();
    }
    const payload = this.#slab.take(bytes);
    payload.set(head, 0);
    payload.set(rest, head.byteLength);
    const entry = { seq: ++this.lastSeq, payload };
    this.#entries.push(entry);
    this.#bytes += cost;
    return entry;
  }

  /** Forgets every entry up to `seq`. One that was never handed out cannot be acknowledged, and stays. */
  trim(seq: number): void {
    const until = Math.min(seq, this.cursor);
    while (this.size > 0 && this.firstSeq <= until) this.#dropFirst();
  }

  /** The entry after the cursor, if there is one. */
  next(): MailboxEntry | undefined {
    return this.#entries[this.cursor + 1 - this.firstSeq];
  }

  /** Whether a client that has processed everything up to `seq` can go on from there. */
  reaches(seq: number): boolean {
    return seq >= this.firstSeq - 1 && seq <= this.lastSeq;
  }

  #dropFirst(): void {
    const entry = this.#entries.shift();
    if (entry !== undefined) this.#bytes -= entry.payload.byteLength + entryOverheadBytes;
    if (this.size === 0) this.#slab.drop();
  }
}
