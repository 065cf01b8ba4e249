import type { MailboxEntry, SwitchboardLimits } from "../../switchboard/switchboard.ts";
import { PayloadArena, type Piece } from "./payload-arena.ts";

/** What an entry costs beside its payload, roughly: the entry, its place in the array, its head on the wire. */
const entryOverheadBytes = 64;

const none: Uint8Array = new Uint8Array(0);

/** The bounds of a mailbox. */
export interface MailboxLimits {
  readonly signals: number;
  readonly bytes: number;
  /** What may wait from one sender once the mailbox is over half full. */
  readonly shareSignals: number;
  readonly shareBytes: number;
}

export function mailboxLimits(limits: SwitchboardLimits): MailboxLimits {
  const { mailboxSignals, mailboxBytes, signalBytes } = limits;
  return {
    signals: mailboxSignals,
    bytes: mailboxBytes,
    shareSignals: Math.max(1, mailboxSignals / 4),
    shareBytes: Math.max(signalBytes + entryOverheadBytes, mailboxBytes / 4),
  };
}

interface StoredEntry extends MailboxEntry {
  /** The session number of its sender; 0 for a rejection. */
  readonly sender: number;
  /** Where its payload lies. */
  readonly piece: Piece;
}

/** A `Rejected` in the mailbox, and the number of the signal that it answers. */
interface StoredRejection {
  readonly entry: number;
  readonly rejected: number;
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
  /** The newest entry that the client has acknowledged. */
  acked = 0;
  #bytes = 0;
  readonly #entries: StoredEntry[] = [];
  #rejections: StoredRejection[] | undefined;
  readonly #arena = new PayloadArena();

  /** The number of the oldest entry that is still here; one past `lastSeq` when there is none. */
  get firstSeq(): number {
    return this.lastSeq - this.size + 1;
  }

  get size(): number {
    return this.#entries.length;
  }

  /**
   * Stores a signal of another peer, which is `head` and `rest`, as the next entry. Returns undefined when there is
   * no room for it, or its sender has used up its share. A copy: neither part is kept.
   */
  push(limits: MailboxLimits, sender: number, head: Uint8Array, rest: Uint8Array): MailboxEntry | undefined {
    const bytes = head.byteLength + rest.byteLength;
    const half = this.size * 2 > limits.signals || this.#bytes * 2 > limits.bytes;
    if (half && !this.#mayHold(limits, sender, bytes + entryOverheadBytes)) return undefined;
    return this.#store(limits.signals, limits.bytes, sender, head, rest);
  }

  /** Stores the `Rejected` of a signal of this peer. For these, the mailbox holds twice as much. */
  pushRejection(limits: MailboxLimits, rejected: number, payload: Uint8Array): MailboxEntry | undefined {
    const entry = this.#store(limits.signals * 2, limits.bytes * 2, 0, payload, none);
    if (entry === undefined) return undefined;
    this.#rejections ??= [];
    this.#rejections.push({ entry: entry.seq, rejected });
    return entry;
  }

  /** Forgets every entry up to `seq`. One that was never handed out cannot be acknowledged, and stays. */
  trim(seq: number): void {
    const until = Math.min(seq, this.cursor);
    if (until > this.acked) this.acked = until;
    const count = until - this.firstSeq + 1;
    if (count > 0) this.#drop(count);
  }

  /** The entry after the cursor, if there is one. */
  next(): MailboxEntry | undefined {
    return this.#entries[this.cursor + 1 - this.firstSeq];
  }

  /** Whether a client that has processed everything up to `seq` can go on from there. */
  reaches(seq: number): boolean {
    return seq >= this.firstSeq - 1 && seq <= this.lastSeq;
  }

  /** Whether a rejection is among the entries. */
  get holdsRejection(): boolean {
    return this.#rejections !== undefined;
  }

  /** How much of what was accepted may be acknowledged: not beyond a signal whose rejection was not handed out. */
  ackable(accepted: number): number {
    const held = this.#rejections?.find(({ entry }) => entry > this.cursor);
    return held === undefined ? accepted : held.rejected - 1;
  }

  #store(
    signals: number,
    limit: number,
    sender: number,
    head: Uint8Array,
    rest: Uint8Array,
  ): MailboxEntry | undefined {
    const bytes = head.byteLength + rest.byteLength;
    const cost = bytes + entryOverheadBytes;
    while (this.size >= signals || this.#bytes + cost > limit) {
      if (this.size === 0 || this.firstSeq > this.cursor) return undefined;
      this.#drop(1);
    }
    const piece = this.#arena.take(bytes);
    const payload = new Uint8Array(piece.buffer, piece.at, bytes);
    piece.at += bytes;
    payload.set(head, 0);
    payload.set(rest, head.byteLength);
    const entry = { seq: ++this.lastSeq, payload, sender, piece };
    this.#entries.push(entry);
    this.#bytes += cost;
    return entry;
  }

  /** Whether this sender may add an entry of this cost. Only what waits to be handed out counts: the rest can go. */
  #mayHold(limits: MailboxLimits, sender: number, cost: number): boolean {
    let signals = 0;
    let bytes = 0;
    let ownSignals = 1;
    let ownBytes = cost;
    for (let at = this.cursor + 1 - this.firstSeq; at < this.size; at++) {
      const entry = this.#entries[at];
      if (entry === undefined) continue;
      const entryCost = entry.payload.byteLength + entryOverheadBytes;
      signals++;
      bytes += entryCost;
      if (entry.sender !== sender) continue;
      ownSignals++;
      ownBytes += entryCost;
    }
    if (signals * 2 <= limits.signals && bytes * 2 <= limits.bytes) return true;
    return ownSignals <= limits.shareSignals && ownBytes <= limits.shareBytes;
  }

  /** Forgets so many of the oldest entries. */
  #drop(count: number): void {
    const entries = this.#entries;
    for (let at = 0; at < count; at++) {
      const entry = entries[at];
      if (entry === undefined) break;
      this.#bytes -= entry.payload.byteLength + entryOverheadBytes;
      this.#arena.release(entry.piece);
    }
    if (count < entries.length) entries.splice(0, count);
    else entries.length = 0;
    if (this.#rejections !== undefined) this.#dropRejections(this.#rejections);
  }

  #dropRejections(rejections: StoredRejection[]): void {
    const left = rejections.filter(({ entry }) => entry >= this.firstSeq);
    this.#rejections = left.length > 0 ? left : undefined;
  }
}
