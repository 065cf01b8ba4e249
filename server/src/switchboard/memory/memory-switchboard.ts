import { LeaveReason, Reason } from "@parley/contract";
import type { Timers } from "../../time/timers.ts";
import { encodePeerJoined, encodePeerLeft, encodeRejected } from "../entry.ts";
import type { PeerId, RoomName } from "../names.ts";
import {
  formatToken,
  hashNonce,
  hashSecret,
  newPeerId,
  newSecret,
  newSessionId,
  noSession,
  splitToken,
  tokenFailure,
} from "../session-token.ts";
import type {
  Attached,
  AttachOutcome,
  Batch,
  Failure,
  JoinRequest,
  Recipient,
  Rejection,
  ResumeRequest,
  Submission,
  SubmitOutcome,
  Switchboard,
  SwitchboardLimits,
} from "../switchboard.ts";
import { TokenKeys } from "../token-keys.ts";
import { bearerOf, entryRefusal, sameJoin } from "./entry-rules.ts";
import { InTurn } from "./in-turn.ts";
import type { MailboxLimits } from "./mailbox.ts";
import { MemoryRoom } from "./memory-room.ts";
import { MemorySeat } from "./memory-seat.ts";
import { MemorySession } from "./memory-session.ts";

/** How soon a full mailbox may have room again, in milliseconds: a guess, told to the sender. */
const mailboxRetryMs = 1000;

/** The engine for a single node: no dependency, and nothing asynchronous on the way of a signal. */
export class MemorySwitchboard implements Switchboard {
  readonly shared = false;
  readonly #limits: SwitchboardLimits;
  readonly #timers: Timers;
  readonly #rooms = new Map<RoomName, MemoryRoom>();
  readonly #sessions = new Map<string, MemorySession>();
  readonly #relayLimits: MailboxLimits;
  readonly #controlLimits: MailboxLimits;
  // Sessions live as long as this process, and so do the keys of their tokens.
  readonly #keys = new TokenKeys();
  // Ending a session tells the others, which may overflow and so end them: one after another, not nested.
  readonly #endings = new InTurn();

  constructor(limits: SwitchboardLimits, timers: Timers) {
    this.#limits = limits;
    this.#timers = timers;
    this.#relayLimits = { signals: limits.mailboxSignals, bytes: limits.mailboxBytes };
    this.#controlLimits = { signals: limits.mailboxSignals * 2, bytes: limits.mailboxBytes * 2 };
  }

  async start(): Promise<void> {}

  join(request: JoinRequest, recipient: Recipient, done: (outcome: AttachOutcome) => void): void {
    const nonce = hashNonce(request.nonce);
    const before = this.#rooms.get(request.room)?.byNonce(nonce);
    done(
      before === undefined
        ? this.#enter(request, nonce, recipient)
        : this.#joinAgain(before, request, recipient),
    );
  }

  resume(request: ResumeRequest, recipient: Recipient, done: (outcome: AttachOutcome) => void): void {
    const session = this.tokenFailure(request.token) ?? this.#find(request.token);
    if (!(session instanceof MemorySession)) return done(refused(session));
    if (request.acked > session.accepted) {
      // A restart under the same token is impossible here: this client counts what another service accepted.
      const failure = {
        reason: Reason.SESSION_LOST,
        message: "the storage lost signals that were acknowledged",
      };
      this.#end(session, LeaveReason.LOST, failure);
      return done(refused(failure));
    }
    if (session.mailbox.reaches(request.lastSeq)) {
      return done(this.#attach(session, recipient, request.lastSeq, true, request.token));
    }
    done(this.#giveUp(session, request.lastSeq));
  }

  tokenFailure(token: string): Failure | undefined {
    return tokenFailure(token, this.#keys);
  }

  submit(token: string, batch: Batch, done: (outcome: SubmitOutcome) => void): void {
    const session = this.#find(token);
    if (!(session instanceof MemorySession)) return done(refused(session));
    session.mailbox.trim(batch.ack);
    const rejected: Rejection[] = [];
    for (const submission of batch.submissions) {
      const failure = this.take(session, submission, rejected);
      if (failure !== undefined) return done(refused(failure));
      if (session.ended) break;
    }
    session.recipient?.accepted(session.accepted);
    const heartbeat = batch.heartbeat === true;
    if (heartbeat || batch.submissions.length > 0) session.recipient?.heard(heartbeat);
    done({ ok: true, accepted: session.accepted, rejected });
  }

  async probe(): Promise<void> {}

  counts() {
    let attached = 0;
    for (const session of this.#sessions.values()) if (session.recipient !== undefined) attached++;
    return { rooms: this.#rooms.size, sessions: this.#sessions.size, attached };
  }

  async close(): Promise<void> {
    for (const session of this.#sessions.values()) {
      this.#timers.cancel(session.expiry);
      session.ended = true;
      session.recipient = undefined;
      session.epoch++;
    }
    this.#sessions.clear();
    this.#rooms.clear();
  }

  /** Takes one submission; says what is wrong when the number of it does not follow. */
  take(session: MemorySession, submission: Submission, rejected?: Rejection[]): Failure | undefined {
    const expected = session.accepted + 1;
    const seq = submission.seq === 0 ? expected : submission.seq;
    if (seq < expected) return undefined;
    if (seq > expected) {
      return { reason: Reason.SEQ_GAP, message: `expected seq ${expected}, got ${seq}` };
    }
    session.accepted = seq;
    if (submission.kind === "leave") {
      this.#end(session, LeaveReason.LEFT);
      return undefined;
    }
    const failure =
      submission.kind === "relay" ? this.#relay(session, submission.to, submission.payload) : submission;
    if (failure !== undefined) {
      const rejection: Rejection = { ...pick(failure), seq };
      rejected?.push(rejection);
      this.#tell(session, encodeRejected(rejection));
    }
    return undefined;
  }

  detach(session: MemorySession): void {
    session.recipient = undefined;
    session.flowing = false;
    session.epoch++;
    this.#expireLater(session);
  }

  /** Takes the seat away and lets the resume window begin. */
  evict(session: MemorySession, cause: Failure): void {
    session.evict(cause);
    if (!session.ended) this.#expireLater(session);
  }

  #enter(request: JoinRequest, nonce: string, recipient: Recipient): AttachOutcome {
    const known = this.#rooms.get(request.room);
    const refusal = entryRefusal(request, known, this.#sessions.size, this.#limits);
    if (refusal !== undefined) return refused(refusal);
    const bearer = bearerOf(request, known);
    if (bearer !== undefined) {
      this.#end(bearer, LeaveReason.REPLACED, {
        reason: Reason.PEER_REPLACED,
        message: "another session joined under this peer_id",
      });
    }
    const room = this.#rooms.get(request.room) ?? new MemoryRoom(request.room);
    const self = {
      peerId: request.peerId ?? newPeerId(),
      metadata: request.metadata,
      joinedAt: room.nextJoinedAt(this.#timers.wallTime()),
    };
    const session = new MemorySession(newSessionId(), room, self, nonce);
    this.#broadcast(room, encodePeerJoined(self), session);
    // Telling the others may have ended the last of them, and with it the room.
    this.#rooms.set(request.room, room);
    room.add(session);
    this.#sessions.set(session.id, session);
    return this.#attach(session, recipient, 0, false);
  }

  #joinAgain(session: MemorySession, request: JoinRequest, recipient: Recipient): AttachOutcome {
    if (!sameJoin(session, request)) {
      return refused({ reason: Reason.NONCE_REUSED, message: "this nonce is that of another join" });
    }
    if (!session.mailbox.reaches(0)) return this.#giveUp(session, 0);
    return this.#attach(session, recipient, 0, true);
  }

  /** Ends a session whose client cannot go on with it, so that the others are told now, not after the window. */
  #giveUp(session: MemorySession, lastSeq: number): AttachOutcome {
    const { mailbox } = session;
    const failure: Failure = {
      reason: Reason.RESUME_GAP,
      message: `the mailbox holds ${mailbox.firstSeq} to ${mailbox.lastSeq}, and cannot go on after ${lastSeq}`,
    };
    this.#end(session, LeaveReason.OVERFLOWED, failure);
    return refused(failure);
  }

  #attach(
    session: MemorySession,
    recipient: Recipient,
    lastSeq: number,
    resumed: boolean,
    knownToken?: string,
  ): Attached {
    this.#timers.cancel(session.expiry);
    session.expiry = undefined;
    session.evict({ reason: Reason.SESSION_REPLACED, message: "a newer stream took this session over" });
    session.attach(recipient, lastSeq);
    return {
      ok: true,
      seat: new MemorySeat(this, session),
      token: knownToken ?? this.#newToken(session),
      resumed,
      roster: session.room.others(session),
      rosterSeq: session.mailbox.lastSeq,
      accepted: session.accepted,
    };
  }

  #newToken(session: MemorySession): string {
    const secret = newSecret();
    session.addSecret(hashSecret(secret));
    const { room, self, id } = session;
    return formatToken({ room: room.name, peerId: self.peerId, sessionId: id, secret }, this.#keys);
  }

  #find(token: string): MemorySession | Failure {
    const { address, sessionId, secret } = splitToken(token);
    const session = this.#sessions.get(sessionId);
    if (session?.address === address && session.knowsSecret(hashSecret(secret))) return session;
    return this.tokenFailure(token) ?? noSession;
  }

  #relay(session: MemorySession, to: PeerId, payload: Uint8Array): Failure | undefined {
    const recipient = session.room.members.get(to);
    if (recipient === undefined) {
      return { reason: Reason.RECIPIENT_UNKNOWN, message: "no peer of this name is in the room" };
    }
    if (recipient === session) {
      return { reason: Reason.RECIPIENT_INVALID, message: "a peer cannot signal itself" };
    }
    if (recipient.post(this.#relayLimits, session.sender, payload)) return undefined;
    if (recipient.recipient !== undefined) {
      this.evict(recipient, {
        reason: Reason.SLOW_READER,
        message: "the mailbox is full and the stream is not read",
      });
    }
    return {
      reason: Reason.MAILBOX_FULL,
      message: "the recipient's mailbox is full",
      retryAfterMs: mailboxRetryMs,
    };
  }

  /** Posts what a session must not miss; where there is no room for it, the session is over. */
  #tell(session: MemorySession, payload: Uint8Array): void {
    if (session.ended || session.post(this.#controlLimits, payload)) return;
    this.#end(session, LeaveReason.OVERFLOWED, {
      reason: Reason.SESSION_OVERFLOWED,
      message: "the mailbox could not hold what must not be missed",
    });
  }

  #broadcast(room: MemoryRoom, payload: Uint8Array, except: MemorySession): void {
    for (const member of room.members.values()) {
      if (member !== except) this.#tell(member, payload);
    }
  }

  #end(session: MemorySession, reason: LeaveReason, cause?: Failure): void {
    if (session.ended) return;
    session.ended = true;
    this.#endings.run(() => this.#remove(session, reason, cause));
  }

  #remove(session: MemorySession, reason: LeaveReason, cause: Failure | undefined): void {
    this.#timers.cancel(session.expiry);
    this.#sessions.delete(session.id);
    const { room } = session;
    room.delete(session);
    this.#broadcast(room, encodePeerLeft(session.self.peerId, reason), session);
    if (room.members.size === 0) this.#rooms.delete(room.name);
    if (reason === LeaveReason.LEFT) session.recipient?.accepted(session.accepted);
    session.evict(cause);
  }

  #expireLater(session: MemorySession): void {
    this.#timers.cancel(session.expiry);
    session.expiry = this.#timers.after(this.#limits.resumeWindowMs, () =>
      this.#end(session, LeaveReason.EXPIRED),
    );
  }
}

function refused(failure: Failure): { ok: false; failure: Failure } {
  return { ok: false, failure };
}

function pick({ reason, message, retryAfterMs }: Failure): Failure {
  return retryAfterMs === undefined ? { reason, message } : { reason, message, retryAfterMs };
}
