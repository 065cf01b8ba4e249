import { Reason, reasonEntry } from "@parley/contract";
import type { AttachRequest } from "../admission/admission.ts";
import type { Grants } from "../admission/grants.ts";
import { SignalField } from "../codec/field-numbers.ts";
import { MalformedError } from "../codec/field-reader.ts";
import { encodeResponseHead } from "../codec/response-head.ts";
import { readSignal } from "../codec/signal-reader.ts";
import { seqOfMalformed } from "../codec/unreadable-signal.ts";
import type { Submission } from "../switchboard/batch.ts";
import type { Failure } from "../switchboard/failure.ts";
import type { RosterChange } from "../switchboard/roster.ts";
import { parseToken, placeOf } from "../switchboard/session-token.ts";
import type {
  Attached,
  AttachOutcome,
  MailboxEntry,
  Seat,
  SeatListener,
} from "../switchboard/switchboard.ts";
import { observeRefused, observeStreamEnded } from "../telemetry/observer.ts";
import { afterReading } from "../time/clock.ts";
import type { Timer } from "../time/timers.ts";
import type { Acknowledger } from "./ack-queue.ts";
import { EarlyMessages } from "./early-messages.ts";
import { hiddenJoin } from "./hidden-join.ts";
import { LobbyWatch } from "./lobby/lobby-watch.ts";
import { readNote } from "./note.ts";
import type { PendingPeer } from "./pending-peer.ts";
import { PendingRoster } from "./pending-roster.ts";
import { Poll } from "./poll.ts";
import { readRefresh } from "./refresh.ts";
import { type AccessHolder, SessionAccess } from "./session-access.ts";
import type { SessionContext } from "./session-context.ts";
import type { SessionOutput } from "./session-output.ts";
import type { SignalAllowance } from "./signal-allowance.ts";
import { silenceFailure } from "./silence.ts";
import { malformedSubmission, submissionOf, tooOften } from "./submission.ts";
import { encodeGoAway, heartbeat } from "./unnumbered-response.ts";
import { encodeWelcome } from "./welcome.ts";

/**
 * One stream of a connected peer: it numbers nothing and keeps nothing itself, but passes requests on to its
 * seat, and entries and acknowledgements back to its client, and watches that both sides stay alive.
 */
export class Session implements SeatListener, Acknowledger, AccessHolder {
  readonly #context: SessionContext;
  readonly #output: SessionOutput;
  readonly #onSessionEnd: () => void;
  readonly #access: SessionAccess;
  /** Absent unless its client may let others in. */
  #lobby: LobbyWatch | undefined;
  /** Absent unless the stream ends after its first batch. */
  #poll: Poll | undefined;
  #state: "attaching" | "open" | "over" = "attaching";
  /** What it may send; absent until it has sent something. */
  #allowance: SignalAllowance | undefined;
  /** Whose signals count together with its own; undefined if nobody's do. */
  #address: string | undefined;
  #seat: Seat | undefined;
  /** What came before the session was open, or while a newer access token was being verified. */
  #early: EarlyMessages | undefined;
  /** The next heartbeat. */
  #timer: Timer | undefined;
  #writtenAt = 0;
  #heardAt = 0;
  #heartbeats = false;
  #halfClosed: boolean;
  #accepted = 0;
  #acked = 0;
  #ackQueued = false;
  owesSince = 0;
  #paused = false;
  /** When the stream stopped taking what is written, in milliseconds; 0 while it takes it. */
  #blockedSince = 0;
  /** What the stream could not take of the roster's changes while it was blocked. */
  #roster: PendingRoster | undefined;

  /**
   * @param pending what the client was until now on this stream.
   * @param onSessionEnd called when the session ends while this stream has it, and cannot be resumed.
   */
  constructor(
    context: SessionContext,
    output: SessionOutput,
    pending: Pick<PendingPeer, "early" | "isHalfClosed">,
    onSessionEnd: () => void,
  ) {
    this.#context = context;
    this.#output = output;
    this.#early = pending.early;
    this.#halfClosed = pending.isHalfClosed;
    this.#onSessionEnd = onSessionEnd;
    this.#access = new SessionAccess(context, this);
  }

  /** Whether the stream is over. */
  get gone(): boolean {
    return this.#state === "over";
  }

  /** Takes what the first message asks for. With `poll`, the stream ends after the first batch. */
  begin(attach: AttachRequest, grants: Grants, poll: boolean): void {
    const context = this.#context;
    const knownRoster = attach.kind === "resume" ? attach.request.rosterVersion : 0;
    if (poll) this.#poll = new Poll(knownRoster, () => this.#fail(undefined));
    const { caller } = this.#output;
    this.#access.admitted(grants, caller?.limitedAs);
    this.#address = caller?.limitedAs;
    const refusal = attach.kind === "join" ? context.drain.refusal : undefined;
    if (refusal !== undefined) return this.#fail(refusal);
    const done = (outcome: AttachOutcome) => this.#attached(outcome);
    if (attach.kind === "resume") context.switchboard.resume(attach.request, this, done);
    else context.switchboard.join(grants.hidden ? hiddenJoin(attach.request) : attach.request, this, done);
    if (this.#is("attaching")) this.#output.pause();
  }

  /** Takes a later message: one encoded `SignalRequest`. */
  request(bytes: Uint8Array): void {
    if (this.#access.isVerifying || this.#state === "attaching") return this.#hold(bytes);
    const seat = this.#seat;
    if (this.#state !== "open" || seat === undefined) return;
    this.#heardAt = this.#context.timers.now();
    try {
      this.#take(bytes, seat);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      const seq = seqOfMalformed(bytes);
      if (seq !== undefined && seq !== 0) return this.#submit(seat, malformedSubmission(seq, error.message));
      this.#fail({ reason: Reason.MALFORMED_MESSAGE, message: `not a SignalRequest: ${error.message}` });
    }
  }

  /** Keeps a message for later. Behind a pause only what was under way still comes. */
  #hold(bytes: Uint8Array): void {
    this.#early ??= new EarlyMessages();
    const failure = this.#early.keep(bytes, this.#context.settings.messageBytes);
    if (failure !== undefined) this.#fail(failure);
  }

  #take(bytes: Uint8Array, seat: Seat): void {
    const signal = readSignal(bytes);
    if (signal.ack !== 0) seat.acknowledge(signal.ack);
    if (signal.isBareAck) return;
    if (signal.body === SignalField.heartbeat) {
      this.#heartbeats = true;
    } else if (signal.body === SignalField.join || signal.body === SignalField.resume) {
      this.#fail({ reason: Reason.ALREADY_JOINED, message: "the session of this stream is already open" });
    } else {
      const { byteLength } = bytes;
      this.#allowance ??= this.#holdAllowance();
      const waitMs = this.#allowance.take(byteLength, this.#heardAt);
      if (waitMs > 0) this.#submit(seat, tooOften(signal, waitMs, this.#allowance.limitedBy));
      else if (signal.body === SignalField.refresh) {
        this.#access.refresh(signal.seq, readRefresh(signal.bodyBytes));
      } else {
        this.#submit(seat, submissionOf(signal, byteLength, this.#context.settings, this.#access.grants));
      }
    }
  }

  #holdAllowance(): SignalAllowance {
    const { grants, sessionToken } = this.#access;
    const sender = { ...placeOf(sessionToken), owner: grants.owner, address: this.#address };
    return this.#context.budgets.hold(sender);
  }

  #submit(seat: Seat, submission: Submission): void {
    if (seat.submit(submission)) return;
    this.#paused = true;
    this.#output.pause();
  }

  /** The stream takes more. */
  drained(): void {
    this.#blockedSince = 0;
    this.#writeRoster();
    this.#lobby?.show();
    if (this.#blockedSince !== 0) return;
    this.#seat?.pull();
    this.#oweAck();
  }

  /** The client will send no more on this stream, but goes on to receive. */
  halfClosed(): void {
    this.#halfClosed = true;
  }

  /** Ends the session if its access token was revoked. */
  checkRevoked(): void {
    this.#access.checkRevoked();
  }

  submit(submission: Submission): void {
    if (this.#seat !== undefined) this.#submit(this.#seat, submission);
  }

  verifying(): void {
    this.#output.pause();
  }

  verified(): void {
    if (!this.#paused) this.#output.resume();
    this.#takeEarly();
  }

  write(response: Uint8Array): void {
    this.#write(response);
  }

  /** The stream is gone, by its client or for this cause: the session waits for a resume. */
  closed(cause?: Reason): void {
    this.#over(cause);
  }

  /** Ends the stream because the node goes; the session waits for a resume. */
  endGoingAway(): void {
    this.flushAck();
    this.#fail({ reason: Reason.GOING_AWAY, message: "this node is stopping" });
  }

  /** Ends the stream for this cause, or with OK; the session waits for a resume. */
  end(cause?: Failure): void {
    this.#fail(cause);
  }

  /** Asks the client to open another stream, after `reconnectAfterMs`. */
  goAway(reconnectAfterMs: number): void {
    // A poll is over in a moment anyway, and the next one is another request.
    if (this.#state !== "open" || this.#poll !== undefined) return;
    this.#write(encodeGoAway(reconnectAfterMs));
  }

  deliver(entry: MailboxEntry): boolean {
    this.#poll?.endAfterTurn();
    if (this.#roster !== undefined) this.#writeRoster(true);
    return this.#write(this.#head(entry.seq), entry.payload);
  }

  rosterChanged(change: RosterChange): void {
    this.#poll?.endAfterTurn();
    if (this.#blockedSince === 0) {
      this.#write(this.#head(0), change.encoded);
      return;
    }
    this.#roster ??= new PendingRoster();
    this.#roster.add(change);
  }

  mailboxFull(): void {
    const { timers, settings } = this.#context;
    const isSlow = () =>
      this.#blockedSince !== 0 && timers.now() - this.#blockedSince >= settings.slowReaderMs;
    if (!isSlow()) return;
    // Its client may have read, and this node not have looked since.
    afterReading(() => {
      if (!isSlow()) return;
      this.#fail({
        reason: Reason.SLOW_READER,
        message: "the mailbox is full and the stream is not read",
      });
    });
  }

  accepted(seq: number): void {
    this.#accepted = seq;
    if (this.#paused) {
      this.#paused = false;
      this.#heardAt = this.#context.timers.now();
      this.#output.resume();
    }
    this.#oweAck();
  }

  heard(heartbeat: boolean): void {
    this.#heardAt = this.#context.timers.now();
    if (heartbeat) this.#heartbeats = true;
  }

  noted(text: string): void {
    const note = readNote(text);
    if ("decision" in note) return this.#lobby?.decide(note.decision);
    this.#access.refreshed(note.grants);
    this.#watchLobby();
  }

  lost(cause?: Failure): void {
    if (this.#state === "over") return;
    if (cause === undefined) this.flushAck();
    this.#seat = undefined;
    if (isSessionEnd(cause)) this.#onSessionEnd();
    this.#fail(cause);
  }

  flushAck(): void {
    this.#ackQueued = false;
    if (this.#state !== "open" || this.#acked === this.#accepted || this.#blockedSince !== 0) return;
    this.#write(this.#head(0), heartbeat);
  }

  #oweAck(): void {
    if (this.#acked === this.#accepted) return;
    const { acks } = this.#context;
    if (this.owesSince === 0) this.owesSince = acks.round;
    if (this.#ackQueued) return;
    this.#ackQueued = true;
    acks.add(this);
  }

  #attached(outcome: AttachOutcome): void {
    if (this.#is("over")) {
      // The client went while the engine was at it: what it opened waits for a resume.
      if (outcome.ok) outcome.seat.detach();
      return;
    }
    if (!outcome.ok) return this.#fail(outcome.failure);
    this.#open(outcome);
  }

  #open(attached: Attached): void {
    const context = this.#context;
    this.#state = "open";
    this.#seat = attached.seat;
    this.#accepted = attached.accepted;
    this.#acked = attached.accepted;
    this.#heardAt = context.timers.now();
    context.attached.add(this);
    this.#output.opened();
    this.#access.opened(attached.token);
    const { grants } = this.#access;
    const ice = context.iceServers.offer(grants);
    this.#write(encodeWelcome(attached, context, ice, grants.icePolicy));
    const poll = this.#poll;
    if (poll !== undefined && !attached.resumed) return this.#fail(undefined);
    // A proxy that holds the response back holds back the new roster too.
    if (poll !== undefined && poll.knownRoster !== 0 && !attached.rosterUnchanged) poll.endAfterTurn();
    this.#timer = context.timers.after(context.settings.heartbeatMs, this.#beat);
    context.drain.opened(this);
    this.#output.resume();
    attached.seat.pull();
    if (poll === undefined && !this.gone) this.#access.watch(ice);
    this.#watchLobby();
    this.checkRevoked();
    this.#takeEarly();
  }

  /** Shows the client who waits for its room, if it may let others in, and stops that if it may not any more. */
  #watchLobby(): void {
    const { grants, sessionToken } = this.#access;
    if (!grants.admit) return this.#stopLobby();
    if (this.#lobby !== undefined || this.#poll !== undefined || !this.#context.lobbies) return;
    const room = parseToken(sessionToken)?.room;
    if (room === undefined || this.gone) return;
    this.#lobby = new LobbyWatch(this.#context, room, {
      isBlocked: () => this.#blockedSince !== 0,
      write: (response) => this.#write(response),
    });
    this.#lobby.begin();
  }

  #stopLobby(): void {
    const lobby = this.#lobby;
    this.#lobby = undefined;
    lobby?.stop();
  }

  /** Takes what has waited. */
  #takeEarly(): void {
    const early = this.#early;
    this.#early = undefined;
    for (const bytes of early?.messages ?? []) this.request(bytes);
  }

  readonly #beat = (): void => {
    const { timers, settings } = this.#context;
    if (this.#poll !== undefined) {
      this.#write(this.#head(0), heartbeat);
      return this.#fail(undefined);
    }
    const now = timers.now();
    // While the engine is behind, nothing is read: then silence says nothing of the client.
    const mayBeHeard = this.#heartbeats && !this.#paused && !this.#halfClosed;
    const unheardMs = mayBeHeard ? now - this.#heardAt : 0;
    const blockedMs = this.#blockedSince === 0 ? 0 : now - this.#blockedSince;
    const silence = silenceFailure({ unheardMs, blockedMs }, settings.heartbeatMs);
    if (silence !== undefined) return this.#fail(silence);
    if (now - this.#writtenAt >= settings.heartbeatMs && this.#blockedSince === 0) {
      this.#write(this.#head(0), heartbeat);
    }
    const next = this.#writtenAt + settings.heartbeatMs - now;
    this.#timer = timers.after(next > 0 ? next : settings.heartbeatMs, this.#beat);
  };

  #head(seq: number): Uint8Array {
    this.#acked = this.#accepted;
    this.owesSince = 0;
    return encodeResponseHead(seq, this.#accepted);
  }

  /** Writes the roster changes that wait; all of them, or until the stream is blocked. */
  #writeRoster(all = false): void {
    while (this.#roster !== undefined && (all || this.#blockedSince === 0)) {
      const change = this.#roster.take();
      if (change === undefined) this.#roster = undefined;
      else this.#write(this.#head(0), change.encoded);
    }
  }

  #write(head: Uint8Array, rest?: Uint8Array): boolean {
    this.#writtenAt = this.#context.timers.now();
    const more = this.#output.write(head, rest);
    if (!more && this.#blockedSince === 0) this.#blockedSince = this.#writtenAt;
    return more;
  }

  #fail(cause: Failure | undefined): void {
    if (this.#state === "over") return;
    this.#over(cause?.reason);
    this.#output.end(cause);
  }

  #over(reason?: Reason): void {
    if (this.#state === "over") return;
    this.#observeEnd(reason);
    this.#state = "over";
    this.#context.timers.cancel(this.#timer);
    this.#access.stop();
    this.#stopLobby();
    this.#context.attached.delete(this);
    this.#early = undefined;
    if (this.#allowance !== undefined) this.#context.budgets.release(this.#allowance);
    this.#allowance = undefined;
    const seat = this.#seat;
    this.#seat = undefined;
    seat?.detach();
  }

  #observeEnd(reason: Reason | undefined): void {
    const { observer } = this.#context;
    if (this.#state === "open") observeStreamEnded(observer, reason);
    else if (reason !== undefined) observeRefused(observer, reason);
  }

  /** The state, where the compiler believes that a call cannot have changed it. */
  #is(state: "attaching" | "over"): boolean {
    return this.#state === state;
  }
}

/** Whether the session ends for this cause; without one it has left. Otherwise only its stream does. */
function isSessionEnd(cause: Failure | undefined): boolean {
  if (cause === undefined) return true;
  const { retry } = reasonEntry(cause.reason);
  return cause.reason !== Reason.SESSION_REPLACED && (retry === "never" || retry === "rejoin");
}
