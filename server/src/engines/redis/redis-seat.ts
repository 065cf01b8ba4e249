import { Reason } from "@parley/contract";
import type { Submission } from "../../switchboard/batch.ts";
import type { Failure } from "../../switchboard/failure.ts";
import { type SeatKind, seatKindOf } from "../../switchboard/lobby.ts";
import type { PeerId, RoomName } from "../../switchboard/names.ts";
import type { Member, RosterChange } from "../../switchboard/roster.ts";
import type { Seat, SeatListener } from "../../switchboard/switchboard.ts";
import type { Observer } from "../../telemetry/observer.ts";
import type { DetachingSeats } from "./detaching-seats.ts";
import { encodeSubmission } from "./encoded-submission.ts";
import { MailboxReader } from "./mailbox-reader.ts";
import type { SeatNotice, Undelivered } from "./node-channel.ts";
import type { RoomView, RosterListener } from "./room-view.ts";
import type { SessionStore, StoredOutcome } from "./session-store.ts";
import type { Standing } from "./stored-session.ts";
import { SubmissionQueue } from "./submission-queue.ts";

/** What a script says of a session when it is attached. */
export interface Attachment {
  readonly room: RoomName;
  readonly view: RoomView;
  readonly sessionId: string;
  readonly epoch: number;
  readonly self: Member;
  readonly accepted: number;
  readonly undelivered: Undelivered;
  /** The newest entry that the client has processed. */
  readonly cursor: number;
}

/** What a seat needs of the node that it is on. */
export interface SeatHost {
  readonly store: SessionStore;
  /** What the clock of Redis shows, in milliseconds, also while Redis is away. */
  readonly redisNowMs: number;
  readonly observer: Observer;
  readonly onError: (error: unknown) => void;
  /** Reads the roster of a room again. */
  learn(room: RoomName): Promise<void>;
  /** A seat is void. */
  forget(seat: RedisSeat): void;
  readonly detaching: DetachingSeats;
}

/** A stream on this node: an attachment of a session in Redis, void once the session has a newer epoch. */
export class RedisSeat implements Seat, RosterListener {
  readonly room: RoomName;
  readonly kind: SeatKind;
  readonly sessionId: string;
  readonly peerId: PeerId;
  /** The number of the session in its room. */
  readonly session: number;
  readonly epoch: number;
  readonly view: RoomView;
  readonly #member: Member;
  readonly #host: SeatHost;
  readonly #listener: SeatListener;
  readonly #reader: MailboxReader;
  readonly #queue = new SubmissionQueue();
  #busy = false;
  /** Called when nothing is under way any more, once the seat is being given back. */
  #settled: (() => void) | undefined;
  #state: "open" | "detaching" | "over" = "open";
  /** When the stream went, by the clock of Redis. */
  #wentMs: number | undefined;
  /** The newest number that is known to be accepted. */
  #accepted: number;
  /** The rejections that were not handed on, of all signals up to `#accepted`. */
  readonly #undelivered: Map<number, number>;
  #ack: number;
  #reportedAck: number;
  #reportedCursor: number;

  constructor(host: SeatHost, listener: SeatListener, attachment: Attachment) {
    const { room, view, sessionId, epoch, self, accepted, undelivered, cursor } = attachment;
    this.room = room;
    this.view = view;
    this.sessionId = sessionId;
    this.epoch = epoch;
    this.peerId = self.peerId;
    this.kind = seatKindOf(room, self.peerId);
    this.session = self.session;
    this.#member = self;
    this.#host = host;
    this.#listener = listener;
    this.#accepted = accepted;
    this.#undelivered = new Map(undelivered);
    this.#ack = cursor;
    this.#reportedAck = cursor;
    this.#reportedCursor = cursor;
    this.#reader = new MailboxReader(cursor, {
      fetch: (after) => host.store.fetch(this, after),
      knows: (session) => session <= view.newest,
      learn: () => host.learn(room),
      deliver: (entry) => {
        const more = listener.deliver(entry);
        if (this.#undelivered.delete(entry.seq)) this.#sayAccepted();
        this.#reportIfDue();
        return more;
      },
      ended: (cause) => this.lost(cause),
      broken: () => void this.#abandon(),
      failed: (error) => this.#failed(error),
    });
  }

  get self(): Member {
    return this.view.member(this.session) ?? this.#member;
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
    this.#queue.add(encodeSubmission(submission));
    if (!this.#busy) {
      this.#busy = true;
      // All that comes in this turn of the event loop goes in one call. Each frame of HTTP/2 has microtasks of its
      // own, so that these come too soon where a client puts every signal into a frame.
      setImmediate(() => void this.#flush());
    }
    return !this.#queue.isFull;
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
    this.#wentMs = this.#host.redisNowMs;
    this.#reader.close();
    this.#host.forget(this);
    if (!this.#busy) return this.#detached();
    // What the client sent before it went, its leave for one, still goes.
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#settled = resolve;
    this.#host.detaching.settling(this, promise);
  }

  /** Something concerns this seat. */
  take(notice: SeatNotice): void {
    if (this.#state !== "open" || notice.epoch !== this.epoch) return;
    switch (notice.kind) {
      case "entries":
        return this.#reader.arrived(notice.entries);
      case "accepted":
        this.noteAccepted(notice.seq, notice.undelivered);
        return this.noteHeard(false);
      case "heard":
        return this.noteHeard(true);
      case "noted":
        return this.#listener.noted(notice.text);
      case "lost":
        return this.lost(notice.cause);
      case "report":
        return void this.#report();
      case "full":
        return this.#listener.mailboxFull();
    }
  }

  rosterChanged(change: RosterChange): void {
    if (this.#state === "open") this.#listener.rosterChanged(change);
  }

  /** What may be acknowledged: nothing from a signal on whose rejection was not handed on. */
  get ackable(): number {
    let ackable = this.#accepted;
    for (const rejected of this.#undelivered.values()) ackable = Math.min(ackable, rejected - 1);
    return ackable;
  }

  /** Numbers were accepted, by this seat or on another way; some of these signals may have been rejected. */
  noteAccepted(accepted: number, undelivered: Undelivered): void {
    if (this.#state !== "open") return;
    this.#accepted = Math.max(this.#accepted, accepted);
    for (const [entry, rejected] of undelivered) {
      if (entry > this.cursor) this.#undelivered.set(entry, rejected);
    }
    this.#sayAccepted();
  }

  #sayAccepted(): void {
    if (this.#state === "open") this.#listener.accepted(this.ackable);
  }

  /** The client sent something on another way. */
  noteHeard(heartbeat: boolean): void {
    if (this.#state === "open") this.#listener.heard(heartbeat);
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
      if (standing.accepted > this.#accepted) this.noteAccepted(standing.accepted, standing.undelivered);
      this.#reader.newestIs(standing.last);
      if (standing.rosterVersion > this.view.version) await this.#host.learn(this.room);
    }
  }

  /** Reports what was handed out and processed since the last time, if there is anything. */
  reportChanges(): void {
    const idle = this.#ack === this.#reportedAck && this.cursor === this.#reportedCursor;
    if (this.#state === "open" && !idle) void this.#report();
  }

  /** The seat is void. */
  lost(cause: Failure | undefined): void {
    if (this.#state !== "open") return;
    this.#state = "over";
    this.#queue.clear();
    this.#reader.close();
    this.#host.forget(this);
    this.#listener.lost(cause);
  }

  /** Takes the seat from its stream, and lets the resume window begin. */
  evict(cause: Failure): void {
    if (this.#state !== "open") return;
    this.lost(cause);
    this.#detached();
  }

  async #flush(): Promise<void> {
    try {
      while (!this.#queue.isEmpty) await this.#submitNext();
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#busy = false;
      if (this.#state === "detaching") this.#detached();
      this.#settled?.();
    }
  }

  async #submitNext(): Promise<void> {
    const batch = this.#queue.takeBatch();
    this.#reportedAck = this.#ack;
    this.#reportedCursor = this.cursor;
    const { epoch } = this;
    const outcome = await this.#host.store.submit(this, { epoch }, batch, {
      ack: this.#ack,
      handedOut: () => this,
      accepted: this.#accepted,
    });
    this.#queue.stored(batch);
    switch (outcome.kind) {
      case "ok":
        return this.noteAccepted(outcome.accepted, outcome.undelivered);
      case "over":
        return this.#over(outcome);
      case "misnumbered":
        this.noteAccepted(outcome.accepted, outcome.undelivered);
        return this.evict(outcome.failure);
      case "fenced":
        return this.#fenced(outcome.node);
      case "ended":
        return this.lost(outcome.cause);
      case "gone":
        return this.lost({ reason: Reason.SESSION_LOST, message: "the storage lost this session" });
    }
  }

  #over({ accepted, undelivered, cause }: Extract<StoredOutcome, { kind: "over" }>): void {
    if (cause === undefined) this.noteAccepted(accepted, undelivered);
    // A rejection that came with the leave is on its way, by the channel, and the end of the session behind it.
    if (cause === undefined && this.#undelivered.size > 0) this.#queue.clear();
    else this.lost(cause);
  }

  /** A newer attachment has the session; or nobody, because this node was taken for dead. */
  #fenced(node: string): void {
    if (node === "") {
      return this.lost({
        reason: Reason.GOING_AWAY,
        message: "this node was unavailable and gave up its sessions",
      });
    }
    this.lost({ reason: Reason.SESSION_REPLACED, message: "a newer stream has taken over this session" });
  }

  #reportIfDue(): void {
    if (this.cursor - this.#reportedCursor >= this.#host.store.reportEvery) void this.#report();
  }

  async #report(): Promise<void> {
    this.#reportedAck = this.#ack;
    this.#reportedCursor = this.cursor;
    try {
      await this.#host.store.report(this, this.#ack, this.cursor);
    } catch (error) {
      this.#failed(error);
    }
  }

  async #abandon(): Promise<void> {
    this.lost({ reason: Reason.SESSION_LOST, message: "the storage lost part of this session" });
    try {
      await this.#host.store.abandon(this);
    } catch (error) {
      this.#host.onError(error);
    }
  }

  #detached(): void {
    this.#state = "over";
    if (this.kind === "session") this.#host.observer.detached();
    const wentMs = this.#wentMs ?? this.#host.redisNowMs;
    const { cursor } = this;
    this.#host.detaching.giveBack(this, () => this.#host.store.detach(this, this.#ack, cursor, wentMs));
  }

  #failed(error: unknown): void {
    this.#host.onError(error);
    this.evict({ reason: Reason.STORAGE_UNAVAILABLE, message: "the storage refused a command" });
  }
}
