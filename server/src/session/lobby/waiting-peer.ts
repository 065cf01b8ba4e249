import { Reason } from "@parley/contract";
import type { Admitted, AttachRequest } from "../../admission/admission.ts";
import { SignalField } from "../../codec/field-numbers.ts";
import { MalformedError } from "../../codec/field-reader.ts";
import { readSignal } from "../../codec/signal-reader.ts";
import type { Failure } from "../../switchboard/failure.ts";
import { lobbyOf } from "../../switchboard/lobby.ts";
import type { RosterChange } from "../../switchboard/roster.ts";
import type {
  Attached,
  AttachOutcome,
  MailboxEntry,
  Seat,
  SeatListener,
} from "../../switchboard/switchboard.ts";
import type { Timer } from "../../time/timers.ts";
import type { AttachedSession, SessionContext } from "../session-context.ts";
import { encodeUnnumbered } from "../unnumbered-response.ts";
import { decodeDecision } from "./decision.ts";
import { encodeLobbyEntry, isAdmitted, LobbyRoster } from "./lobby-room.ts";
import { tooEarly } from "./place.ts";

export type JoinAttach = Extract<AttachRequest, { kind: "join" }>;

/** What a client that waits needs of its stream. */
export interface WaitingHost {
  /** Takes an encoded `SignalResponse`. */
  write(response: Uint8Array): void;
  /** A member has let it in, under this name. */
  admitted(attach: JoinAttach): void;
  /** Ends the stream: for this cause, or with OK. */
  end(cause?: Failure): void;
}

/** A client that waits in the lobby of a room until a member decides. It has a place there, and no session yet. */
export class WaitingPeer implements SeatListener, AttachedSession {
  readonly #context: SessionContext;
  readonly #admitted: Admitted;
  readonly #attach: JoinAttach;
  readonly #host: WaitingHost;
  /** Whether the stream ends with the first news. */
  readonly #poll: boolean;
  #seat: Seat | undefined;
  /** Names its place. */
  #token = "";
  #roster = new LobbyRoster([]);
  #position = 0;
  #beat: Timer | undefined;
  #deadline: Timer | undefined;
  #expiry: Timer | undefined;
  #move: Timer | undefined;
  #over = false;
  /** Whether it wants no place any more. */
  #gaveUp = false;

  constructor(
    context: SessionContext,
    admitted: Admitted,
    attach: JoinAttach,
    host: WaitingHost,
    poll: boolean,
  ) {
    this.#context = context;
    this.#admitted = admitted;
    this.#attach = attach;
    this.#host = host;
    this.#poll = poll;
  }

  get gone(): boolean {
    return this.#over;
  }

  /** Takes its place in the lobby. */
  enter(): void {
    const { switchboard, drain, attached } = this.#context;
    const { room, peerId, metadata, nonce, identity, attempt } = this.#attach.request;
    attached.add(this);
    if (drain.refusal !== undefined) return this.#end(drain.refusal);
    const entry = encodeLobbyEntry({ metadata, admitted: false });
    const place = { room: lobbyOf(room), peerId, metadata: entry, nonce, formerNonce: noNonce, attempt };
    const own = identity === undefined ? {} : { identity: { ...identity, roomPeers: undefined } };
    switchboard.join({ ...place, ...own }, this, (outcome) => this.#entered(outcome));
  }

  /** Takes one encoded `SignalRequest`. Nothing is kept: a client without a session must cost little. */
  message(bytes: Uint8Array): void {
    try {
      const signal = readSignal(bytes);
      if (signal.body === SignalField.leave) return this.#giveUp();
      if (signal.body === SignalField.heartbeat || signal.isBareAck) return;
      this.#giveUp(tooEarly);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      this.#giveUp({ reason: Reason.MALFORMED_MESSAGE, message: `not a SignalRequest: ${error.message}` });
    }
  }

  /** The stream is gone. A client that can repeat its join keeps its place for the resume window. */
  closed(): void {
    if (this.#over) return;
    this.#stop(this.#attach.request.nonce.byteLength === 0);
  }

  /**
   * The session of a client that was let in is over. Until then its place is kept for the resume window, because the client
   * may repeat a join whose `Welcome` was lost; now it would come back without a decision.
   */
  giveBack(): void {
    const leave = { submissions: [{ kind: "leave", seq: 0 } as const], ack: 0 };
    // If the place is gone already, all is well.
    this.#context.switchboard.submit(this.#token, leave, () => {});
  }

  checkRevoked(): void {
    const { token } = this.#admitted.grants;
    const refusal = token && this.#context.revocations.refusal(token);
    if (refusal !== undefined) this.#giveUp(refusal);
  }

  /** Nothing is lost if it asks another node, where it keeps its place. */
  goAway(reconnectAfterMs: number): void {
    const { timers } = this.#context;
    timers.cancel(this.#move);
    this.#move = timers.after(reconnectAfterMs, () => this.endGoingAway());
  }

  endGoingAway(): void {
    this.#end({ reason: Reason.GOING_AWAY, message: "this node is stopping" });
  }

  deliver({ payload }: MailboxEntry): boolean {
    const { admit, message } = decodeDecision(payload);
    if (this.#over) return true;
    if (admit) {
      const { metadata } = this.#attach.request;
      this.#seat?.submit({
        kind: "update",
        seq: 0,
        metadata: encodeLobbyEntry({ metadata, admitted: true }),
      });
      this.#letIn();
    } else {
      const words = message === "" ? "you were not let in" : message;
      this.#giveUp({ reason: Reason.ADMISSION_REFUSED, message: words });
    }
    return true;
  }

  rosterChanged(change: RosterChange): void {
    this.#roster.apply(change);
    this.#report();
  }

  accepted(): void {}
  mailboxFull(): void {}
  heard(): void {}
  noted(): void {}

  lost(cause?: Failure): void {
    this.#seat = undefined;
    this.#end(cause);
  }

  #entered(outcome: AttachOutcome): void {
    if (this.#over) {
      if (!outcome.ok) return;
      if (this.#gaveUp) outcome.seat.submit({ kind: "leave", seq: 0 });
      return outcome.seat.detach();
    }
    if (!outcome.ok) return this.#end(inLobby(outcome.failure));
    this.#take(outcome);
  }

  #take({ seat, token, roster, resumed }: Attached): void {
    this.#seat = seat;
    this.#token = token;
    if (isAdmitted(seat.self)) return this.#letIn();
    const { timers, settings, drain } = this.#context;
    this.#roster = new LobbyRoster([...roster, seat.self]);
    if (this.#place > settings.lobbyPeers) return this.#giveUp(full);
    const waitedMs = Math.max(0, timers.wallTime() - seat.self.joinedAt / 1000);
    this.#deadline = timers.after(Math.max(0, settings.lobbyWaitMs - waitedMs), () => {
      this.#giveUp({ reason: Reason.LOBBY_TIMEOUT, message: "no member of the room decided in time" });
    });
    this.#watchExpiry();
    // A poll that knows its place waits for news.
    if (this.#poll && resumed) this.#position = this.#place;
    // What was decided while it was away comes first.
    seat.pull();
    if (this.#over) return;
    this.#beatLater();
    this.#report();
    if (this.#over) return;
    drain.opened(this);
    this.checkRevoked();
  }

  /** Nobody is let in with a token that has expired. With a newer one the client joins again, and has its place still. */
  #watchExpiry(): void {
    const { timers } = this.#context;
    const { expiresAt } = this.#admitted.grants;
    if (expiresAt === undefined) return;
    this.#expiry = timers.after(Math.max(0, expiresAt - timers.wallTime()), () => {
      this.#end({ reason: Reason.ACCESS_TOKEN_EXPIRED, message: "the access token has expired" });
    });
  }

  /** Its place in the queue, from 1. */
  get #place(): number {
    return this.#roster.placeOf(this.#seat?.self.session ?? 0);
  }

  /** Reports the position if it is another one. */
  #report(): void {
    const place = this.#place;
    if (this.#seat === undefined || place === 0 || place === this.#position) return;
    this.#position = place;
    this.#write();
  }

  #write(): void {
    const value = { position: this.#position, sessionToken: this.#token };
    this.#host.write(encodeUnnumbered({ case: "waiting", value }));
    if (this.#poll) this.#end();
  }

  #beatLater(): void {
    const { timers, settings } = this.#context;
    this.#beat = timers.after(settings.heartbeatMs, () => {
      this.#write();
      if (!this.#over) this.#beatLater();
    });
  }

  #letIn(): void {
    const peerId = this.#seat?.self.peerId;
    this.#stop();
    // The name that the lobby made, if it made one.
    this.#host.admitted({ ...this.#attach, request: { ...this.#attach.request, peerId } });
  }

  /** Ends the stream and gives the place up. */
  #giveUp(cause?: Failure): void {
    if (this.#over) return;
    this.#stop(true);
    this.#host.end(cause);
  }

  /** Ends the stream. */
  #end(cause?: Failure): void {
    if (this.#over) return;
    this.#stop();
    this.#host.end(cause);
  }

  #stop(leaves = false): void {
    this.#over = true;
    this.#gaveUp = leaves;
    const { timers, attached } = this.#context;
    for (const timer of [this.#beat, this.#deadline, this.#expiry, this.#move]) timers.cancel(timer);
    attached.delete(this);
    const seat = this.#seat;
    this.#seat = undefined;
    if (leaves) seat?.submit({ kind: "leave", seq: 0 });
    seat?.detach();
  }
}

const noNonce = new Uint8Array(0);

const full: Failure = {
  reason: Reason.LOBBY_FULL,
  message: "the lobby of this room is full",
  retryAfterMs: 5000,
};

/** A failure of the room that the lobby is, as one of the lobby. */
function inLobby(failure: Failure): Failure {
  return failure.reason === Reason.ROOM_FULL ? full : failure;
}
