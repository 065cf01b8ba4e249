import { LeaveReason, Reason } from "@parley/contract";
import type { Batch, Rejection, SubmitOutcome } from "../../switchboard/batch.ts";
import type { Failure } from "../../switchboard/failure.ts";
import { hashJoin } from "../../switchboard/join-hash.ts";
import { isLobby } from "../../switchboard/lobby.ts";
import type { RoomName } from "../../switchboard/names.ts";
import type { Revocation, RevocationListener } from "../../switchboard/revocation.ts";
import type { RosterChange } from "../../switchboard/roster.ts";
import { joinedChange, leftChange } from "../../switchboard/roster-change.ts";
import { SeatCounts } from "../../switchboard/seat-counts.ts";
import {
  formatToken,
  hashNonce,
  hashSecret,
  newPeerId,
  newSessionId,
  noSession,
  sessionSecret,
  splitToken,
  tokenFailure,
} from "../../switchboard/session-token.ts";
import type {
  Attached,
  AttachOutcome,
  JoinRequest,
  ResumeRequest,
  SeatListener,
  Switchboard,
  SwitchboardLimits,
} from "../../switchboard/switchboard.ts";
import { TokenKeys } from "../../switchboard/token-keys.ts";
import { type Observer, silentObserver } from "../../telemetry/observer.ts";
import type { Timers } from "../../time/timers.ts";
import { holderOf, joinRefusal } from "./join-rules.ts";
import { MemoryDirectory } from "./memory-directory.ts";
import { MemoryRoom } from "./memory-room.ts";
import { MemorySeat, type SeatHost } from "./memory-seat.ts";
import { MemorySession } from "./memory-session.ts";
import { type EndSession, SubmissionIntake } from "./submission-intake.ts";
import { Tombstones } from "./tombstones.ts";

/** As many ended sessions are remembered. */
const maxTombstones = 10_000;

/** The engine for a single node: no dependency, and nothing asynchronous on the way of a signal. */
export class MemorySwitchboard implements Switchboard, SeatHost {
  readonly shared = false;
  readonly directory: MemoryDirectory;
  readonly #limits: SwitchboardLimits;
  readonly #timers: Timers;
  readonly #observer: Observer;
  readonly #rooms = new Map<RoomName, MemoryRoom<MemorySession>>();
  readonly #sessions = new Map<string, MemorySession>();
  readonly #intake: SubmissionIntake;
  readonly #tombstones: Tombstones;
  // Sessions live as long as this process, and so do the keys of their tokens.
  readonly #keys = new TokenKeys();
  #onRevoked: RevocationListener = () => {};
  /** How many rooms there have been. */
  #lastRoom = 0;
  /** How many of these rooms are lobbies. */
  #lobbies = 0;
  readonly #held = new SeatCounts();
  /** Those that have a stream. */
  readonly #attached = new SeatCounts();

  constructor(limits: SwitchboardLimits, timers: Timers, observer = silentObserver) {
    this.#limits = limits;
    this.#timers = timers;
    this.#observer = observer;
    const end: EndSession = (...ending) => this.#end(...ending);
    this.directory = new MemoryDirectory(this.#rooms, timers, end);
    this.#intake = new SubmissionIntake(limits, timers, observer, end);
    this.#tombstones = new Tombstones(limits.resumeWindowMs, maxTombstones);
  }

  async start(): Promise<void> {}

  join(request: JoinRequest, listener: SeatListener, done: (outcome: AttachOutcome) => void): void {
    const nonce = hashNonce(request.nonce, request.identity?.owner);
    const before = this.#rooms.get(request.room)?.byNonce(nonce);
    done(
      before === undefined
        ? this.#enter(request, nonce, listener)
        : this.#joinAgain(before, request, listener),
    );
  }

  resume(request: ResumeRequest, listener: SeatListener, done: (outcome: AttachOutcome) => void): void {
    const session = this.tokenFailure(request.token, request.owner) ?? this.#find(request.token);
    if (!(session instanceof MemorySession)) return done(refused(session));
    if (isOutdated(request.attempt, session)) return done(refused(newerAttempt));
    if (request.acked > session.accepted) {
      // A restart under the same token is impossible here: this client counts what another service accepted.
      const failure = {
        reason: Reason.SESSION_LOST,
        message: "the storage lost signals that were acknowledged",
      };
      this.#end(session, LeaveReason.LOST, failure);
      return done(refused(failure));
    }
    done(this.#attachAgain(session, request, listener, request.lastSeq, request.token));
  }

  tokenFailure(token: string, owner = ""): Failure | undefined {
    return tokenFailure(token, this.#keys, owner);
  }

  submit(token: string, batch: Batch, done: (outcome: SubmitOutcome) => void): void {
    const session = this.#find(token);
    if (!(session instanceof MemorySession)) return done(refused(session));
    session.mailbox.trim(batch.ack);
    const rejected: Rejection[] = [];
    for (const [index, submission] of batch.submissions.entries()) {
      const failure = this.#intake.take(session, submission, index, rejected);
      if (failure !== undefined) {
        session.notifyAccepted();
        return done(refused(failure));
      }
      if (session.ended) break;
    }
    session.notifyAccepted();
    const heartbeat = batch.heartbeat === true;
    if (heartbeat || batch.submissions.length > 0) session.listener?.heard(heartbeat);
    done({ ok: true, accepted: session.accepted, rejected });
  }

  async revoke(revocation: Revocation): Promise<void> {
    this.#onRevoked([revocation]);
  }

  watchRevocations(listener: RevocationListener): void {
    this.#onRevoked = listener;
  }

  async probe(): Promise<undefined> {
    return undefined;
  }

  counts() {
    return {
      rooms: this.#rooms.size - this.#lobbies,
      sessions: this.#held.sessions,
      attached: this.#attached.sessions,
      waiting: this.#attached.places,
    };
  }

  async close(): Promise<void> {
    for (const session of this.#sessions.values()) {
      this.#timers.cancel(session.expiry);
      session.ended = true;
      session.listener = undefined;
      session.epoch++;
    }
    this.directory.close();
    this.#attached.clear();
    this.#held.clear();
    this.#sessions.clear();
    this.#rooms.clear();
    this.#lobbies = 0;
    this.#tombstones.clear();
  }

  detach(session: MemorySession): void {
    session.listener = undefined;
    session.flowing = false;
    session.epoch++;
    this.#attached.remove(session.kind);
    this.#observerOf(session).detached();
    this.#expireLater(session);
  }

  evict(session: MemorySession, cause: Failure): void {
    this.#vacate(session, cause);
    if (session.ended) return;
    this.#observerOf(session).detached();
    this.#expireLater(session);
  }

  #enter(request: JoinRequest, nonce: string, listener: SeatListener): AttachOutcome {
    const known = this.#rooms.get(request.room);
    const holder = holderOf(request, known);
    const entrance = { room: known, holder, held: this.#held, nowMs: this.#timers.now() };
    const refusal = joinRefusal(request, entrance, this.#limits);
    if (refusal !== undefined) return refused(refusal);
    if (holder !== undefined) {
      this.#end(holder, LeaveReason.REPLACED, {
        reason: Reason.PEER_REPLACED,
        message: "another session joined under this peer_id",
      });
    }
    const room = known ?? new MemoryRoom<MemorySession>(request.room);
    // The end of its last member has removed the room, which goes on: its numbers must not repeat.
    if (this.#rooms.get(request.room) !== room) {
      room.number = ++this.#lastRoom;
      this.#rooms.set(request.room, room);
      if (isLobby(request.room)) this.#lobbies++;
    }
    const id = newSessionId();
    const self = {
      peerId: request.peerId ?? newPeerId(),
      metadata: request.metadata,
      trusted: request.identity?.trusted ?? {},
      joinedAt: room.nextJoinedAt(this.#timers.wallTime()),
      session: room.nextSession(),
    };
    const secret = sessionSecret(id, request.nonce);
    const owner = request.identity?.owner ?? "";
    const proof = { owner, nonce, join: hashJoin(request), secret: hashSecret(secret) };
    const session = new MemorySession(id, room, self, proof);
    room.add(session);
    this.#announce(session, joinedChange(self));
    this.#sessions.set(id, session);
    this.#held.add(session.kind);
    if (session.kind === "place") this.#observer.waits();
    session.attempt = request.attempt;
    return this.#attach(session, listener, 0, {
      resumed: false,
      token: this.#tokenOf(session, secret, request),
    });
  }

  #joinAgain(session: MemorySession, request: JoinRequest, listener: SeatListener): AttachOutcome {
    if (session.joinHash !== hashJoin(request)) {
      return refused({ reason: Reason.NONCE_REUSED, message: "this nonce belongs to another join" });
    }
    if (isOutdated(request.attempt, session)) return refused(newerAttempt);
    const token = this.#tokenOf(session, sessionSecret(session.id, request.nonce), request);
    return this.#attachAgain(session, { ...request, rosterVersion: 0 }, listener, 0, token);
  }

  /** Attaches to a session that is there, after the entry `lastSeq`. */
  #attachAgain(
    session: MemorySession,
    { attempt, rosterVersion }: Pick<ResumeRequest, "attempt" | "rosterVersion">,
    listener: SeatListener,
    lastSeq: number,
    token: string,
  ): AttachOutcome {
    session.attempt = Math.max(session.attempt, attempt);
    // A request that knows less than its client has acknowledged is an old one.
    const from = Math.max(lastSeq, session.mailbox.acked);
    if (!session.mailbox.reaches(from)) return this.#giveUp(session, from);
    return this.#attach(session, listener, from, { resumed: true, token, rosterVersion });
  }

  /** Ends a session whose client cannot go on with it, so that the others know now, not after the window. */
  #giveUp(session: MemorySession, lastSeq: number): AttachOutcome {
    const { mailbox } = session;
    const failure: Failure = {
      reason: Reason.RESUME_GAP,
      message: `the mailbox holds ${mailbox.firstSeq} to ${mailbox.lastSeq}, and cannot continue after ${lastSeq}`,
    };
    this.#end(session, LeaveReason.OVERFLOWED, failure);
    return refused(failure);
  }

  #attach(
    session: MemorySession,
    listener: SeatListener,
    lastSeq: number,
    { resumed, token, rosterVersion = 0 }: { resumed: boolean; token: string; rosterVersion?: number },
  ): Attached {
    this.#timers.cancel(session.expiry);
    session.expiry = undefined;
    this.#vacate(session, {
      reason: Reason.SESSION_REPLACED,
      message: "a newer stream has taken over this session",
    });
    session.attach(listener, lastSeq);
    this.#attached.add(session.kind);
    if (resumed) this.#observerOf(session).resumed();
    else this.#observerOf(session).joined();
    const { room } = session;
    const rosterUnchanged = rosterVersion === room.version;
    return {
      ok: true,
      seat: new MemorySeat(this, this.#intake, session),
      token,
      resumed,
      roster: rosterUnchanged ? [] : room.others(session),
      rosterVersion: room.version,
      rosterUnchanged,
      accepted: session.ackable,
    };
  }

  #tokenOf(
    { room, self, id, owner }: MemorySession,
    secret: string,
    { terms = "" }: Pick<JoinRequest, "terms">,
  ): string {
    const { peerId } = self;
    return formatToken({ room: room.name, peerId, sessionId: id, secret, terms }, this.#keys, owner);
  }

  #find(token: string): MemorySession | Failure {
    const { address, sessionId, secret } = splitToken(token);
    const session = this.#sessions.get(sessionId);
    const secretHash = hashSecret(secret);
    if (session?.address === address && session.secretHash === secretHash) return session;
    return this.#tombstones.causeOf(sessionId, address, secretHash, this.#timers.now()) ?? noSession;
  }

  #announce(session: MemorySession, change: RosterChange): void {
    session.room.announce(change, session, this.#timers.wallTime());
  }

  #end(session: MemorySession, reason: LeaveReason, cause?: Failure): void {
    if (session.ended) return;
    session.ended = true;
    this.#timers.cancel(session.expiry);
    this.#sessions.delete(session.id);
    this.#held.remove(session.kind);
    if (cause !== undefined) this.#tombstones.add(session, cause, this.#timers.now());
    const { room } = session;
    room.delete(session);
    if (room.members.size === 0) {
      this.#rooms.delete(room.name);
      if (isLobby(room.name)) this.#lobbies--;
    }
    this.#announce(session, leftChange(session.self, reason));
    this.#observerOf(session).ended(reason, cause?.reason);
    if (reason === LeaveReason.LEFT) session.notifyAccepted();
    this.#vacate(session, cause);
  }

  /** Takes the seat of a session from its holder, if it has one. */
  #vacate(session: MemorySession, cause: Failure | undefined): void {
    if (session.listener !== undefined) this.#attached.remove(session.kind);
    session.evict(cause);
  }

  /** What happens in a lobby concerns no session. */
  #observerOf({ kind }: MemorySession): Observer {
    return kind === "session" ? this.#observer : silentObserver;
  }

  #expireLater(session: MemorySession): void {
    const { resumeWindowMs } = this.#limits;
    this.#timers.cancel(session.expiry);
    session.expiresAt = this.#timers.now() + resumeWindowMs;
    session.expiry = this.#timers.after(resumeWindowMs, () => this.#end(session, LeaveReason.EXPIRED));
  }
}

const newerAttempt: Failure = {
  reason: Reason.SESSION_REPLACED,
  message: "a newer attempt of this client has opened the session",
};

/** Whether a try of the client is older than one that the session has seen. */
function isOutdated(attempt: number, session: MemorySession): boolean {
  return attempt !== 0 && attempt < session.attempt;
}

function refused(failure: Failure): { ok: false; failure: Failure } {
  return { ok: false, failure };
}
