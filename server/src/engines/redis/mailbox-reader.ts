import type { Failure } from "../../switchboard/failure.ts";
import type { MailboxEntry } from "../../switchboard/switchboard.ts";
import { decodeEntry, senderSessionOf } from "./control-entry.ts";
import type { StoredEntry } from "./node-channel.ts";

/** What a look into a mailbox brings. */
export type Fetched =
  | {
      readonly kind: "entries";
      /** The newest entry that the client has acknowledged: what it has acknowledged it has processed. */
      readonly acked: number;
      readonly last: number;
      readonly entries: readonly StoredEntry[];
    }
  /** No such session exists; `known` if it is known why: without a cause if it left. */
  | { readonly kind: "ended"; readonly cause: Failure | undefined; readonly known: boolean };

/** Where a reader gets entries from, and whom it hands them to. */
export interface MailboxReaderHost {
  /** The first entries after this one, in order. */
  fetch(after: number): Promise<Fetched>;
  /** Whether the listener has been notified of the session of this number. */
  knows(session: number): boolean;
  /** Resolves when the listener has been notified of all who have been in the room. */
  learn(): Promise<void>;
  /** Returns false when the listener can take no more for now. */
  deliver(entry: MailboxEntry): boolean;
  /** The session has ended. */
  ended(cause: Failure | undefined): void;
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

  /** The listener takes entries. */
  pull(): void {
    this.#flowing = true;
    this.#fetchIfBehind();
  }

  /** Entries were published. */
  arrived(entries: readonly StoredEntry[]): void {
    for (const { seq, stored } of entries) {
      if (seq > this.#newest) this.#newest = seq;
      const inTurn = this.#flowing && !this.#fetching && this.#read && seq === this.cursor + 1;
      // A publication of a join may have been lost before this one: then the slow path looks after it.
      if (inTurn && this.#host.knows(senderSessionOf(stored))) this.#deliver(seq, stored);
    }
    this.#fetchIfBehind();
  }

  /** The mailbox was seen to reach to here. */
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
        const fetched = await this.#host.fetch(this.cursor);
        if (fetched.kind === "ended") return this.#ended(fetched);
        const { acked, last } = fetched;
        if (acked > this.cursor) this.cursor = acked;
        const entries = fetched.entries.filter(({ seq }) => seq > this.cursor);
        if (entries.length === 0) {
          this.#read = true;
          // What was published came after it was stored: it cannot be absent twice.
          empty++;
          if (empty === 2 && this.cursor < this.#newest) return this.#broken();
          continue;
        }
        empty = 0;
        if (!(await this.#deliverAll(entries))) return;
        if (this.cursor >= last) this.#read = true;
      }
    } finally {
      this.#fetching = false;
    }
  }

  /** Returns false if the mailbox has a gap. */
  async #deliverAll(entries: readonly StoredEntry[]): Promise<boolean> {
    for (const { seq, stored } of entries) {
      if (seq > this.cursor + 1) {
        this.#broken();
        return false;
      }
      if (!this.#host.knows(senderSessionOf(stored))) await this.#host.learn();
      if (!this.#flowing) break;
      this.#deliver(seq, stored);
    }
    return true;
  }

  #deliver(seq: number, stored: Buffer): void {
    this.cursor = seq;
    if (seq > this.#newest) this.#newest = seq;
    const more = this.#host.deliver({ seq, payload: decodeEntry(stored) });
    this.#flowing = more && !this.#closed;
  }

  #ended({ cause, known }: Extract<Fetched, { kind: "ended" }>): void {
    if (!known) return this.#broken();
    if (this.#closed) return;
    this.close();
    this.#host.ended(cause);
  }

  #broken(): void {
    if (this.#closed) return;
    this.close();
    this.#host.broken();
  }
}
