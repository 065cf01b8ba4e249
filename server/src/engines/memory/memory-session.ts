import { encodeSender } from "../../switchboard/entry.ts";
import type { Failure } from "../../switchboard/failure.ts";
import { type SeatKind, seatKindOf } from "../../switchboard/lobby.ts";
import type { Member } from "../../switchboard/roster.ts";
import { addressOf } from "../../switchboard/session-token.ts";
import type { SeatListener } from "../../switchboard/switchboard.ts";
import type { UpdateBudget } from "../../switchboard/update-budget.ts";
import type { Timer } from "../../time/timers.ts";
import { Mailbox, type MailboxLimits } from "./mailbox.ts";
import type { MemoryRoom, RoomMember } from "./memory-room.ts";

/** What a join leaves behind, as far as it is kept: hashes of its secrets. */
export interface JoinProof {
  /** Whom the session belongs to; empty if to whichever client holds its token. */
  readonly owner: string;
  /** Of its nonce; empty if it had none. */
  readonly nonce: string;
  /** Of the join as a whole, to recognize its repetition. */
  readonly join: string;
  /** Of the secret in the session's token. */
  readonly secret: string;
}

/** A session in the memory of this node. */
export class MemorySession implements RoomMember {
  readonly id: string;
  readonly kind: SeatKind;
  readonly room: MemoryRoom<MemorySession>;
  self: Member;
  readonly owner: string;
  /** The hash of its nonce; empty if it has none. */
  readonly nonce: string;
  readonly joinHash: string;
  readonly secretHash: string;
  readonly sender: Uint8Array;
  /** The first part of its tokens. */
  readonly address: string;
  readonly mailbox = new Mailbox();

  /** The highest accepted number of what the client sent. */
  accepted = 0;
  /** The newest number that the engine gave to a signal without one; 0 for none. */
  given = 0;
  /** The newest try of its client to open it. */
  attempt = 0;
  /** Rises with each attachment; a seat of an older one is void. */
  epoch = 0;
  listener: SeatListener | undefined;
  /** Whether entries go to the listener as they come, or wait for its `pull`. */
  flowing = false;
  /** The end of the resume window, while there is no listener. */
  expiry: Timer | undefined;
  expiresAt = 0;
  /** Made with the first update. */
  updates: UpdateBudget | undefined;
  ended = false;

  constructor(id: string, room: MemoryRoom<MemorySession>, self: Member, proof: JoinProof) {
    this.id = id;
    this.kind = seatKindOf(room.name, self.peerId);
    this.room = room;
    this.self = self;
    this.owner = proof.owner;
    this.nonce = proof.nonce;
    this.joinHash = proof.join;
    this.secretHash = proof.secret;
    this.sender = encodeSender(self);
    this.address = addressOf(room.name, self.peerId);
  }

  /** Stores a signal of another peer and hands it on if a stream is open. False when there is no room for it. */
  post(limits: MailboxLimits, from: MemorySession, payload: Uint8Array): boolean {
    const entry = this.mailbox.push(limits, from.self.session, from.sender, payload);
    if (entry === undefined) return false;
    if (this.flowing && this.listener !== undefined) {
      this.mailbox.cursor = entry.seq;
      this.flowing = this.listener.deliver(entry);
    }
    return true;
  }

  /** Stores a `Rejected` and hands it on. False when there is no room for it. */
  postRejection(limits: MailboxLimits, rejected: number, payload: Uint8Array): boolean {
    const entry = this.mailbox.pushRejection(limits, rejected, payload);
    if (entry === undefined) return false;
    if (this.flowing && this.listener !== undefined) {
      this.mailbox.cursor = entry.seq;
      this.flowing = this.listener.deliver(entry);
    }
    return true;
  }

  /** Hands on what waits, until the listener has enough. */
  flow(): void {
    this.flowing = true;
    const epoch = this.epoch;
    while (this.flowing && this.epoch === epoch && this.listener !== undefined) {
      const entry = this.mailbox.next();
      if (entry === undefined) return;
      this.mailbox.cursor = entry.seq;
      const more = this.listener.deliver(entry);
      if (this.epoch !== epoch) return;
      this.flowing = more;
      if (this.mailbox.holdsRejection) this.notifyAccepted();
    }
  }

  /** Notifies the listener of what may be acknowledged. */
  notifyAccepted(): void {
    this.listener?.accepted(this.ackable);
  }

  /** How much of what was accepted may be acknowledged on the stream. */
  get ackable(): number {
    return this.mailbox.holdsRejection ? this.mailbox.ackable(this.accepted) : this.accepted;
  }

  attach(listener: SeatListener, lastSeq: number): void {
    this.epoch++;
    this.listener = listener;
    this.flowing = false;
    this.mailbox.cursor = lastSeq;
    this.mailbox.trim(lastSeq);
  }

  /** Takes the seat away from its holder, for this cause. */
  evict(cause?: Failure): void {
    const listener = this.listener;
    this.listener = undefined;
    this.flowing = false;
    this.epoch++;
    listener?.lost(cause);
  }
}
