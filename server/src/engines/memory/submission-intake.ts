import { LeaveReason, Reason } from "@parley/contract";
import type {
  Rejection,
  RelaySubmission,
  SignalAddress,
  Submission,
  UpdateSubmission,
} from "../../switchboard/batch.ts";
import { endCauses } from "../../switchboard/end-causes.ts";
import { encodeRejected, negotiationIdOf } from "../../switchboard/entry.ts";
import type { Failure } from "../../switchboard/failure.ts";
import { metadataSize } from "../../switchboard/metadata.ts";
import { updatedChange } from "../../switchboard/roster-change.ts";
import { seqTaken } from "../../switchboard/seq-taken.ts";
import type { SwitchboardLimits } from "../../switchboard/switchboard.ts";
import { UpdateBudget } from "../../switchboard/update-budget.ts";
import { type Observer, observeRejected } from "../../telemetry/observer.ts";
import type { Timers } from "../../time/timers.ts";
import { metadataFull } from "./join-rules.ts";
import { type MailboxLimits, mailboxLimits } from "./mailbox.ts";
import type { MemorySession } from "./memory-session.ts";

/** How soon a full mailbox may have room again, in milliseconds: a guess. */
const mailboxRetryMs = 1000;

/** Ends a session. */
export type EndSession = (session: MemorySession, reason: LeaveReason, cause?: Failure) => void;

/** Takes what sessions submit: numbers it, stores it in the recipient's mailbox, and answers what is refused. */
export class SubmissionIntake {
  readonly #limits: SwitchboardLimits;
  readonly #mailboxLimits: MailboxLimits;
  readonly #timers: Timers;
  readonly #observer: Observer;
  readonly #end: EndSession;

  constructor(limits: SwitchboardLimits, timers: Timers, observer: Observer, end: EndSession) {
    this.#limits = limits;
    this.#mailboxLimits = mailboxLimits(limits);
    this.#timers = timers;
    this.#observer = observer;
    this.#end = end;
  }

  /**
   * Takes one submission, the one of this index in its batch. Returns what is wrong if its number does not follow.
   */
  take(
    session: MemorySession,
    submission: Submission,
    index = 0,
    rejected?: Rejection[],
  ): Failure | undefined {
    const expected = session.accepted + 1;
    const seq = submission.seq === 0 ? expected : submission.seq;
    if (seq < expected) return seq > session.given ? undefined : seqTaken(expected, seq);
    if (seq > expected) {
      return { reason: Reason.SEQ_GAP, message: `expected seq ${expected}, got ${seq}` };
    }
    session.accepted = seq;
    if (submission.seq === 0) session.given = seq;
    const failure = this.#carryOut(session, submission);
    if (failure === undefined) return undefined;
    const rejection: Rejection = { ...pick(failure), ...addressedBy(submission), seq, index };
    rejected?.push(rejection);
    this.#reject(session, rejection);
    return undefined;
  }

  #carryOut(session: MemorySession, submission: Submission): Failure | undefined {
    switch (submission.kind) {
      case "relay":
        return this.#relay(session, submission);
      case "update":
        return this.#update(session, submission);
      case "note":
        session.listener?.noted(submission.text);
        return undefined;
      case "leave":
        this.#end(session, LeaveReason.LEFT);
        return undefined;
      case "end":
        this.#end(session, LeaveReason.REMOVED, endCauses[submission.cause]);
        return undefined;
      case "reject":
        return submission;
    }
  }

  #relay(session: MemorySession, { to, toSession, payload }: RelaySubmission): Failure | undefined {
    const recipient = session.room.members.get(to);
    if (recipient === undefined) {
      return { reason: Reason.RECIPIENT_UNKNOWN, message: "no peer with this name is in the room" };
    }
    if (toSession !== 0 && toSession !== recipient.self.session) {
      return { reason: Reason.RECIPIENT_UNKNOWN, message: "the session in to_session has ended" };
    }
    if (recipient === session) {
      return { reason: Reason.RECIPIENT_INVALID, message: "a peer cannot signal itself" };
    }
    if (recipient.post(this.#mailboxLimits, session, payload)) {
      if (session.kind === "session") this.#observer.relayed(1);
      return undefined;
    }
    recipient.listener?.mailboxFull();
    return {
      reason: Reason.MAILBOX_FULL,
      message: "the recipient's mailbox is full",
      retryAfterMs: mailboxRetryMs,
    };
  }

  #update(session: MemorySession, { metadata }: UpdateSubmission): Failure | undefined {
    const { updatesPerSecond, roomMetadataBytes } = this.#limits;
    const now = this.#timers.now();
    session.updates ??= new UpdateBudget(updatesPerSecond, now);
    const waitMs = session.updates.take(updatesPerSecond, now);
    if (waitMs > 0) {
      return {
        reason: Reason.RATE_LIMITED,
        message: `a peer may update its metadata ${updatesPerSecond} times per second`,
        retryAfterMs: waitMs,
      };
    }
    const { room, self } = session;
    const growth = metadataSize(metadata) - metadataSize(self.metadata);
    if (growth > 0 && room.metadataBytes + growth > roomMetadataBytes) return metadataFull(this.#limits);
    room.update(session, metadata);
    room.announce(updatedChange(session.self), session, this.#timers.wallTime());
    return undefined;
  }

  /** Posts a rejection, which its sender must not miss; if there is no room for it, the session is over. */
  #reject(session: MemorySession, rejection: Rejection): void {
    if (session.ended) return;
    if (session.postRejection(this.#mailboxLimits, rejection.seq, encodeRejected(rejection))) {
      if (session.kind === "session") observeRejected(this.#observer, rejection.reason);
      return;
    }
    this.#end(session, LeaveReason.OVERFLOWED, {
      reason: Reason.SESSION_OVERFLOWED,
      message: "the mailbox had no room for a response that must not be lost",
    });
  }
}

/** What the rejection of a submission repeats of it. */
function addressedBy(submission: Submission): SignalAddress {
  switch (submission.kind) {
    case "relay": {
      const { to, toSession, payload } = submission;
      return { to, toSession, negotiationId: negotiationIdOf(payload) };
    }
    case "reject": {
      const { to, toSession, negotiationId } = submission;
      return { to, toSession, negotiationId };
    }
    default:
      return { to: "", toSession: 0, negotiationId: "" };
  }
}

function pick({ reason, message, retryAfterMs }: Failure): Failure {
  return retryAfterMs === undefined ? { reason, message } : { reason, message, retryAfterMs };
}
