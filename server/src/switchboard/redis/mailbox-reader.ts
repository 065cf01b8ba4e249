import type { MailboxEntry } from "../switchboard.ts";
import { decodeEntry } from "./control-entry.ts";
import type { StoredEntry } from "./node-channel.ts";

/** Where a reader gets entries from, and whom it hands them to. */
export interface MailboxReaderHost {
  /** The first entries after this one, in order; fewer than `fetchCount` only where there are no more. */
  fetch(after: number): Promise<readonly StoredEntry[]>;
  /** Returns false when the recipient can take no more for now. */
  deliver(entry: MailboxEntry): boolean;
  /** An entry that was never handed on is not there any more. */
  broken(): void;
  failed(error: unknown): void;
}

/** How many entries are fetched at once. */
export const fetchCount = 64;

/**
 * Hands a mailbox on in order. Publications are only the fast path: what comes in turn is handed on at once,
 * and wherever one is missing, the mailbox is read. Nothing is held in memory for a recipient that is slow.
 */
export class MailboxReader {
  /** The newest entry that was handed on. */
  cursor: number;
  #newest: number;
  #flowing = false;
  #fetching = false;
  /** Whether the mailbox has been read since the attachment. */
  #read = false;
  #closed = false;
  readonly #host: MailboxReaderHost;

  constructor(cursor: number, host: MailboxReaderHost) {
    this.cursor = cursor;
    this.#newest = cursor;
    this.#host = host;
  }

  /** The recipient takes entries. */
  pull(): void {
    this.#flowing = true;
    this.#fetchIfBehind();
  }

  /** Entries were published. */
  arrived(entries: readonly StoredEntry[]): void {
    for (const { seq, stored } of entries) {
      if (seq > this.#newest) this.#newest = seq;
      if (this.#flowing && !this.#fetching && this.#read && seq === this.cursor + 1)
        this.#deliver(seq, stored);
    }
    this.#fetchIfBehind();
  }

  /** The mailbox reaches to here, as somebody looked. */
  newestIs(seq: number): void {
    if (seq > this.#newest) this.#newest = seq;
    this.#fetchIfBehind();
  }

  close(): void {
    this.#closed = true;
    this.#flowing = false;
  }

  #fetchIfBehind(): void {
    if (!this.#flowing || this.#fetching || (this.#read && this.cursor >= this.#newest)) return;
    this.#fetching = true;
    this.#fetch().catch((error: unknown) => this.#host.failed(error));
  }

  async #fetch(): Promise<void> {
    try {
      let empty = 0;
      while (this.#flowing && (!this.#read || this.cursor < this.#newest)) {
        const entries = await this.#host.fetch(this.cursor);
        if (entries.length < fetchCount) this.#read = true;
        // What was published came after it was stored: it cannot be absent twice.
        empty = entries.length === 0 ? empty + 1 : 0;
        if (empty === 2 && this.cursor < this.#newest) return this.#broken();
        for (const { seq, stored } of entries) {
          if (!this.#flowing) break;
          if (seq > this.cursor + 1) return this.#broken();
          this.#deliver(seq, stored);
        }
      }
    } finally {
      this.#fetching = false;
    }
  }

  #deliver(seq: number, stored: Buffer): void {
    this.cursor = seq;
    if (seq > this.#newest) this.#newest = seq;
    const more = this.#host.deliver({ seq, payload: decodeEntry(stored) });
    this.#flowing = more && !this.#closed;
  }

  #broken(): void {
    if (this.#closed) return;
    this.close();
    this.#host.broken();
  }
}
