import type { Timer } from "../../time/timers.ts";
import { encodeSender } from "../entry.ts";
import { addressOf } from "../session-token.ts";
import type { Failure, Member, Recipient } from "../switchboard.ts";
import { Mailbox, type MailboxLimits } from "./mailbox.ts";
import type { MemoryRoom } from "./memory-room.ts";

/** A session in the memory of this node. */
export class MemorySession {
  readonly id: string;
  readonly room: MemoryRoom;
  readonly self: Member;
  readonly nonce: string;
  readonly sender: Uint8Array;
  /** The first part of its tokens. */
  readonly address: string;
  readonly mailbox = new Mailbox();

  /** The highest accepted number of what the client sent. */
  accepted = 0;
  /** Rises with each attachment; a seat of an older one is void. */
  epoch = 0;
  recipient: Recipient | undefined;
  /** Whether entries go to the recipient as they come, or wait for its `pull`. */
  flowing = false;
  /** The end of the resume window, while there is no recipient. */
  expiry: Timer | undefined;
  ended = false;

  // Two, because the client may hold either: when a join is repeated, the first answer may be the one that
  // arrives.
  #secretHash = "";
  #olderSecretHash = "";

  constructor(id: string, room: MemoryRoom, self: Member, nonce: string) {
    this.id = id;
    this.room = room;
    this.self = self;
    this.nonce = nonce;
    this.sender = encodeSender(self.peerId);
    this.address = addressOf(room.name, self.peerId);
  }

  addSecret(hash: string): void {
    this.#olderSecretHash = this.#secretHash;
    this.#secretHash = hash;
  }

  knowsSecret(hash: string): boolean {
    return hash === this.#secretHash || hash === this.#olderSecretHash;
  }

  /** Stores an entry and hands it on where somebody listens. False when the mailbox has no room. */
  post(limits: MailboxLimits, head: Uint8Array, rest?: Uint8Array): boolean {
    const entry = this.mailbox.push(limits, head, rest);
    if (entry === undefined) return false;
    if (this.flowing && this.recipient !== undefined) {
      this.mailbox.cursor = entry.seq;
      this.flowing = this.recipient.deliver(entry);
    }
    return true;
  }

  /** Hands on what waits, until the recipient has enough. */
  flow(): void {
    this.flowing = true;
    const epoch = this.epoch;
    while (this.flowing && this.epoch === epoch && this.recipient !== undefined) {
      const entry = this.mailbox.next();
      if (entry === undefined) return;
      this.mailbox.cursor = entry.seq;
      const more = this.recipient.deliver(entry);
      if (this.epoch === epoch) this.flowing = more;
    }
  }

  attach(recipient: Recipient, lastSeq: number): void {
    this.epoch++;
    this.recipient = recipient;
    this.flowing = false;
    this.mailbox.cursor = lastSeq;
    this.mailbox.trim(lastSeq);
  }

  /** Takes the seat away from whoever has it, and says why. */
  evict(cause?: Failure): void {
    const recipient = this.recipient;
    this.recipient = undefined;
    this.flowing = false;
    this.epoch++;
    recipient?.lost(cause);
  }
}
