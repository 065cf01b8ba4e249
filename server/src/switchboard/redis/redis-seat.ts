import { Reason } from "@parley/contract";
import { encodeSender } from "../entry.ts";
import type { RoomName } from "../names.ts";
import type { Failure, Member, Recipient, Seat, Submission } from "../switchboard.ts";
import { type EncodedSubmission, encodeSubmission } from "./encoded-submission.ts";
import { MailboxReader } from "./mailbox-reader.ts";
import type { Notice } from "./node-channel.ts";
import type { RedisNode } from "./redis-node.ts";
import type { Standing } from "./stored-session.ts";

/** Signals and bytes that may wait for Redis before the stream is not read any more. */
const queueSignals = 256;
const queueBytes = 524_288;
/** What goes into one call of a script. */
const batchSignals = 64;
const batchBytes = 262_144;

/** What a script says of a session when it is attached. */
export interface Attachment {
  readonly room: RoomName;
  readonly sessionId: string;
  readonly epoch: number;
  readonly self: Member;
  readonly accepted: number;
  /** The newest entry that the client has processed. */
  readonly lastSeq: number;
}

/** A stream on this node: an attachment of a session in Redis, void once the session has a newer epoch. */
export class RedisSeat implements Seat {
  readonly room: RoomName;
  readonly sessionId: string;
  readonly epoch: number;
  readonly self: Member;
  readonly #node: RedisNode;
  readonly #recipient: Recipient;
  readonly #sender: Uint8Array;
  readonly #reader: MailboxReader;
  #queue: EncodedSubmission[] = [];
  #queuedBytes = 0;
  #busy = false;
  /** Told when nothing is under way any more, once the seat is being given back. */
  #settled: (() => void) | undefined;
  #state: "open" | "detaching" | "over" = "open";
  /** When the stream went, by the clock of Redis. */
  #wentMs: number | undefined;
  #accepted: number;
  /** Accepted in Redis, and the newest entry that stood there with it: a rejection may be among those before. */
  #unsaid: { readonly accepted: number; readonly last: number } | undefined;
  #ack: number;
  #reportedAck: number;
  #reportedCursor: number;

  constructor(node: RedisNode, recipient: Recipient, attachment: Attachment) {
    this.room = attachment.room;
    this.sessionId = attachment.sessionId;
    this.epoch = attachment.epoch;
    this.self = attachment.self;
    this.#node = node;
    this.#recipient = recipient;
    this.#sender = encodeSender(attachment.self.peerId);
    this.#accepted = attachment.accepted;
    this.#ack = attachment.lastSeq;
    this.#reportedAck = attachment.lastSeq;
    this.#reportedCursor = attachment.lastSeq;
    this.#reader = new MailboxReader(attachment.lastSeq, {
      fetch: (after) => node.store.fetch(this, after),
      deliver: (entry) => {
        const more = recipient.deliver(entry);
        this.#sayAccepted();
        this.#reportIfDue();
        return more;
      },
      broken: () => void this.#abandon(),
      failed: (error) => this.#failed(error),
    });
  }

  /** The newest entry that was handed to the stream. */
  get cursor(): number {
    return this.#reader.cursor;
  }

  /** The newest number that is known to be accepted. */
  get accepted(): number {
    return this.#accepted;
  }

  submit(submission: Submission): boolean {
    if (this.#state !== "open") return true;
    const encoded = encodeSubmission(submission, this.#sender);
    this.#queue.push(encoded);
    this.#queuedBytes += encoded.bytes;
    if (!this.#busy) {
      this.#busy = true;
      // All that comes in this turn of the event loop goes in one call. Each frame of HTTP/2 has microtasks of its
      // own, so that these come too soon where a client puts every signal into a frame.
      setImmediate(() => void this.#flush());
    }
    return this.#queue.length < queueSignals && this.#queuedBytes < queueBytes;
  }

  acknowledge(seq: number): void {
    if (seq > this.#ack) this.#ack = Math.min(seq, this.cursor);
  }

  pull(): void {
    if (this.#state === "open") this.#reader.pull();
  }

  detach(): void {
    if (this.#state !== "open") return;
    this.#state = "detaching";
    this.#wentMs = this.#node.redisNowMs;
    this.#reader.close();
    this.#node.forget(this);
    if (!this.#busy) return this.#detached();
    // What the client sent before it went, its leave for one, still goes.
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#settled = resolve;
    this.#node.settling(promise);
  }

  /** Something concerns this seat. */
  take(notice: Exclude<Notice, { kind: "probe" | "held" }>): void {
    if (this.#state !== "open" || notice.epoch !== this.epoch) return;
    switch (notice.kind) {
      case "entries":
        return this.#reader.arrived(notice.entries);
      case "accepted":
        this.noteAccepted(notice.seq);
        return this.noteHeard(false);
      case "heard":
        return this.noteHeard(true);
      case "lost":
        return this.lost(notice.cause);
      case "report":
        return void this.#report();
    }
  }

  /** Numbers were accepted, by this seat or on another way. */
  noteAccepted(seq: number): void {
    if (this.#state !== "open") return;
    if (seq > this.#accepted) this.#accepted = seq;
    this.#recipient.accepted(this.#accepted);
  }

  /** The client sent something on another way. */
  noteHeard(heartbeat: boolean): void {
    if (this.#state === "open") this.#recipient.heard(heartbeat);
  }

  /** Compares the seat with what Redis holds, and does what was missed. */
  async compare(ask: () => Promise<Standing>): Promise<void> {
    // The answer may be overtaken by publications, which come by another connection: it is held against what
    // was known when it was asked for.
    const [cursor, accepted] = [this.cursor, this.#accepted];
    const standing = await ask();
    if (this.#state !== "open") return;
    if (standing.kind === "missing") {
      this.lost({ reason: Reason.SESSION_LOST, message: "the storage lost this session" });
    } else if (standing.kind === "ended") {
      this.lost(standing.cause);
    } else if (standing.epoch !== this.epoch) {
      this.#fenced(standing.node);
    } else if (standing.last < cursor || standing.accepted < accepted) {
      void this.#abandon();
    } else {
      this.#unsaid = standing;
      this.#reader.newestIs(standing.last);
      this.#sayAccepted();
    }
  }

  /** Tells what was found to be accepted, once all rejections have been told that belong to it. */
  #sayAccepted(): void {
    if (this.#unsaid === undefined || this.cursor < this.#unsaid.last) return;
    const { accepted } = this.#unsaid;
    this.#unsaid = undefined;
    if (accepted > this.#accepted) this.noteAccepted(accepted);
  }

  /** Says what was handed out and processed since the last time, if there is anything. */
  reportChanges(): void {
    const idle = this.#ack === this.#reportedAck && this.cursor === this.#reportedCursor;
    if (this.#state === "open" && !idle) void this.#report();
  }

  /** The seat is void. */
  lost(cause: Failure | undefined): void {
    if (this.#state !== "open") return;
    this.#state = "over";
    this.#queue = [];
    this.#reader.close();
    this.#node.forget(this);
    this.#recipient.lost(cause);
  }

  /** Takes the seat from its stream, and lets the resume window begin. */
  evict(cause: Failure): void {
    if (this.#state !== "open") return;
    this.lost(cause);
    this.#detached();
  }

  async #flush(): Promise<void> {
    try {
      while (this.#queue.length > 0) await this.#submitNext();
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#busy = false;
      if (this.#state === "detaching") this.#detached();
      this.#settled?.();
    }
  }

  async #submitNext(): Promise<void> {
    const batch = this.#nextBatch();
    this.#reportedAck = this.#ack;
    this.#reportedCursor = this.cursor;
    const outcome = await this.#node.store.submit(this, { epoch: this.epoch }, batch, {
      ack: this.#ack,
      cursor: () => this.cursor,
      accepted: this.#accepted,
    });
    for (const { bytes } of batch) this.#queuedBytes -= bytes;
    switch (outcome.kind) {
      case "ok":
        return this.noteAccepted(outcome.accepted);
      case "over":
        if (outcome.cause === undefined) this.noteAccepted(outcome.accepted);
        return this.lost(outcome.cause);
      case "gap":
        this.noteAccepted(outcome.accepted);
        return this.evict({ reason: Reason.SEQ_GAP, message: outcome.message });
      case "fenced":
        return this.#fenced(outcome.node);
      case "gone":
        return this.lost({ reason: Reason.SESSION_LOST, message: "the storage lost this session" });
      case "lost":
        return this.lost({ reason: Reason.SESSION_LOST, message: "the storage lost a part of this session" });
    }
  }

  #nextBatch(): EncodedSubmission[] {
    let bytes = 0;
    let count = 0;
    for (const submission of this.#queue) {
      bytes += submission.bytes;
      if (count === batchSignals || (count > 0 && bytes > batchBytes)) break;
      count++;
    }
    return this.#queue.splice(0, count);
  }

  /** A newer attachment has the session; or nobody, because this node was taken for dead. */
  #fenced(node: string): void {
    if (node === "") {
      return this.lost({
        reason: Reason.GOING_AWAY,
        message: "this node was away, and gave its sessions up",
      });
    }
    this.lost({ reason: Reason.SESSION_REPLACED, message: "a newer stream took this session over" });
  }

  #reportIfDue(): void {
    if (this.cursor - this.#reportedCursor >= this.#node.store.reportEvery) void this.#report();
  }

  async #report(): Promise<void> {
    this.#reportedAck = this.#ack;
    this.#reportedCursor = this.cursor;
    try {
      await this.#node.store.report(this, this.#ack, this.cursor);
    } catch (error) {
      this.#failed(error);
    }
  }

  async #abandon(): Promise<void> {
    this.lost({ reason: Reason.SESSION_LOST, message: "the storage lost a part of this session" });
    try {
      await this.#node.store.abandon(this);
    } catch (error) {
      this.#node.onError(error);
    }
  }

  #detached(): void {
    this.#state = "over";
    const wentMs = this.#wentMs ?? this.#node.redisNowMs;
    this.#node.detached(this.#node.store.detach(this, this.#ack, this.cursor, wentMs));
  }

  #failed(error: unknown): void {
    this.#node.onError(error);
    this.evict({ reason: Reason.STORAGE_UNAVAILABLE, message: "the storage refused what it was asked" });
  }
}
