import type { Reason } from "@parley/contract";
import type { PeerId, RoomName } from "./names.ts";

/**
 * The switchboard knows who is where. It stores a signal in its recipient's mailbox and hands it on, and
 * knows nothing of streams. Two engines implement it, and the server uses them without knowing which.
 *
 * Outcomes come by callback, because an engine in memory has nothing to wait for: there, everything that a
 * call causes has happened when it returns.
 */
export interface Switchboard {
  /** Whether a session can be resumed on another node. */
  readonly shared: boolean;

  /** Makes ready; called once, before anything else. Rejects with what stands against it, for people to read. */
  start(): Promise<void>;

  /** Enters a room, or, where `nonce` is that of a session which is there, attaches to it anew. */
  join(request: JoinRequest, recipient: Recipient, done: (outcome: AttachOutcome) => void): void;

  /** Attaches to a session anew; whoever was attached to it is told `SESSION_REPLACED`. */
  resume(request: ResumeRequest, recipient: Recipient, done: (outcome: AttachOutcome) => void): void;

  /**
   * What is wrong with a token by its form and its mark, or undefined. Costs about as much as reading it and asks no
   * storage: check before anything else of a request is read.
   */
  tokenFailure(token: string): Failure | undefined;

  /**
   * Takes a batch in the session that a token names, wherever it is attached, or not attached at all. Call it only
   * with a token that has no `tokenFailure`.
   */
  submit(token: string, batch: Batch, done: (outcome: SubmitOutcome) => void): void;

  /** Resolves when the engine works from end to end, rejects when it does not: for readiness. */
  probe(): Promise<void>;

  /** What there is on this node. */
  counts(): { readonly rooms: number; readonly sessions: number; readonly attached: number };

  /** Lets go of everything. Sessions that are still attached are not told. */
  close(): Promise<void>;
}

/**
 * One attachment of one session: the right to speak as a peer, until a newer attachment takes it. A seat that
 * was lost (`Recipient.lost` was called, or `detach`) does nothing any more.
 */
export interface Seat {
  readonly self: Member;

  /**
   * Takes one signal. `Recipient.accepted` follows when it is stored.
   *
   * Returns false when the engine is behind: stop reading until `Recipient.accepted` is called.
   */
  submit(submission: Submission): boolean;

  /** The recipient has processed every entry up to `seq`: they are forgotten. */
  acknowledge(seq: number): void;

  /** Begins to deliver, and goes on after `Recipient.deliver` returned false. */
  pull(): void;

  /** The stream is gone: the resume window begins. */
  detach(): void;
}

/** The one who listens on a seat. All its methods are called in order and never after `lost`. */
export interface Recipient {
  /** Whether the stream is over. What was asked for it and is not under way yet is not wanted any more. */
  readonly gone: boolean;

  /**
   * Takes the next entry of the mailbox. Returns false when it can take no more for now; it then calls
   * `Seat.pull` when it can. Not called before the first `pull`.
   */
  deliver(entry: MailboxEntry): boolean;

  /** Something came from this session, by the seat or by `Switchboard.submit`; all up to `seq` is stored. */
  accepted(seq: number): void;

  /**
   * A request of the client came by `Switchboard.submit`, perhaps to another node, so that it is alive; `heartbeat` is
   * true if it shows so on purpose, as a client does that means to go on with it.
   */
  heard(heartbeat: boolean): void;

  /** The seat is lost, for this cause; absent when the session has left. */
  lost(cause?: Failure): void;
}

/** A peer as the engine knows it. */
export interface Member {
  readonly peerId: PeerId;
  readonly metadata: Readonly<Record<string, string>>;
  /** Microseconds since the epoch; rises strictly from each member of a room to the next. */
  readonly joinedAt: number;
}

/** One numbered `SignalResponse` on its way: encoded, without its `seq` and `ack`. */
export interface MailboxEntry {
  readonly seq: number;
  readonly payload: Uint8Array;
}

export interface JoinRequest {
  readonly room: RoomName;
  /** Made by the engine where it is absent. */
  readonly peerId: PeerId | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  /** 16 to 64 bytes, or none: then the join cannot be repeated. */
  readonly nonce: Uint8Array;
}

export interface ResumeRequest {
  readonly token: string;
  /** The highest entry that the client has processed. */
  readonly lastSeq: number;
  /** The highest number of its own that the client knows to be accepted; 0 says nothing. */
  readonly acked: number;
}

/** One numbered request of a peer. `seq` 0 lets the engine number it. */
export type Submission = RelaySubmission | RejectSubmission | LeaveSubmission;

/** A signal for another peer. */
export interface RelaySubmission {
  readonly kind: "relay";
  readonly seq: number;
  readonly to: PeerId;
  /** The encoded `negotiation_id` and body. The engine copies it before `submit` returns. */
  readonly payload: Uint8Array;
}

/** A signal that was found bad: its number is used up, and its sender's mailbox gets a `Rejected`. */
export interface RejectSubmission {
  readonly kind: "reject";
  readonly seq: number;
  readonly reason: Reason;
  readonly message: string;
}

/** The end of the session. */
export interface LeaveSubmission {
  readonly kind: "leave";
  readonly seq: number;
}

export interface Batch {
  readonly submissions: readonly Submission[];
  /** The highest entry that the client has processed; 0 says nothing. */
  readonly ack: number;
  /** Whether a heartbeat is among its requests. Default false. */
  readonly heartbeat?: boolean;
}

/** Why something was refused. */
export interface Failure {
  readonly reason: Reason;
  readonly message: string;
  readonly retryAfterMs?: number;
}

export interface Attached {
  readonly ok: true;
  readonly seat: Seat;
  /** The secret that names the session; only its hash is kept. */
  readonly token: string;
  /** True when the session was there before. */
  readonly resumed: boolean;
  /** The other members, in the order in which they joined. */
  readonly roster: readonly Member[];
  /** The newest entry of the mailbox when `roster` was taken. */
  readonly rosterSeq: number;
  /** The highest accepted `seq` of the session. */
  readonly accepted: number;
}

export type AttachOutcome = Attached | { readonly ok: false; readonly failure: Failure };

/** A `Rejected` that a batch caused. */
export interface Rejection extends Failure {
  readonly seq: number;
}

export type SubmitOutcome =
  | { readonly ok: true; readonly accepted: number; readonly rejected: readonly Rejection[] }
  | { readonly ok: false; readonly failure: Failure };

/** The bounds that both engines keep. */
export interface SwitchboardLimits {
  /** The entries that a mailbox holds. What must not be missed (who came and went, rejections) may fill it
   * twice over before the session is given up. */
  readonly mailboxSignals: number;
  /** The bytes that a mailbox holds; twice over likewise. */
  readonly mailboxBytes: number;
  readonly roomPeers: number;
  /** The sessions of one node. */
  readonly nodePeers: number;
  /** How long a session without a stream is kept, in milliseconds. */
  readonly resumeWindowMs: number;
  /** What becomes of a join under the name of a peer that is connected. One that is disconnected always gives
   * way: it is most often the same person, who reloaded the page. */
  readonly duplicatePeerId: "reject" | "replace";
}
