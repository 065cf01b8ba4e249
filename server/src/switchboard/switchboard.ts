import type { Batch, Submission, SubmitOutcome } from "./batch.ts";
import type { Directory } from "./directory.ts";
import type { Failure } from "./failure.ts";
import type { PeerId, RoomName } from "./names.ts";
import type { Revocation, RevocationListener } from "./revocation.ts";
import type { Member, RosterChange } from "./roster.ts";

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

  readonly directory: Directory;

  /** Makes ready; called once, before anything else. Rejects with what stands against it, for people to read. */
  start(): Promise<void>;

  /** Enters a room; or attaches again to the session that joined with this `nonce`. */
  join(request: JoinRequest, listener: SeatListener, done: (outcome: AttachOutcome) => void): void;

  /** Attaches again to a session. The seat that held it is lost, with `SESSION_REPLACED`. */
  resume(request: ResumeRequest, listener: SeatListener, done: (outcome: AttachOutcome) => void): void;

  /**
   * What is wrong with a token by its form and its mark, or undefined. The token of a session that belongs to another
   * owner names no session. Costs about as much as reading it and asks no storage: check before anything else of a
   * request is read.
   *
   * @param owner as in `JoinIdentity`. @default ""
   */
  tokenFailure(token: string, owner?: string): Failure | undefined;

  /**
   * Takes a batch in the session that a token names, wherever it is attached, or not attached at all. Call it only
   * with a token that has no `tokenFailure`.
   */
  submit(token: string, batch: Batch, done: (outcome: SubmitOutcome) => void): void;

  /**
   * Resolves when the engine works from end to end, with what an operator should know of it, if anything. Rejects when
   * it does not work. For readiness.
   */
  probe(): Promise<string | undefined>;

  /** Keeps a revocation, for all nodes. Resolves when it is stored. */
  revoke(revocation: Revocation): Promise<void>;

  /** Reports revocations to the listener within two seconds; called once, before `start`. */
  watchRevocations(listener: RevocationListener): void;

  /**
   * What there is on this node. Costs the same however much that is.
   */
  counts(): Counts;

  /** Lets go of everything. Sessions that are still attached are not notified. */
  close(): Promise<void>;
}

/**
 * One attachment of one session: the right to speak as a peer, until a newer attachment takes it. A seat that
 * was lost (`SeatListener.lost` was called, or `detach`) does nothing any more.
 */
export interface Seat {
  /** The peer itself, with its current metadata. */
  readonly self: Member;

  /**
   * Takes one signal. `SeatListener.accepted` follows when it is stored.
   *
   * Returns false when the engine is behind: stop reading until `SeatListener.accepted` is called.
   */
  submit(submission: Submission): boolean;

  /** The client has processed every entry up to `seq`: they are forgotten. */
  acknowledge(seq: number): void;

  /** Begins to deliver, and goes on after `SeatListener.deliver` returned false. */
  pull(): void;

  /** The stream is gone: the resume window begins. */
  detach(): void;
}

/**
 * The listener of a seat. Its methods are called in order, never before the outcome of the join or the resume and
 * never after `lost`.
 */
export interface SeatListener {
  /** Whether the stream is over. What was asked for it and is not under way yet is not wanted any more. */
  readonly gone: boolean;

  /**
   * Takes the next entry of the mailbox. Returns false when it can take no more for now; it then calls
   * `Seat.pull` when it can. Not called before the first `pull`.
   */
  deliver(entry: MailboxEntry): boolean;

  /**
   * The roster is no longer what `Attached.roster` and the changes since made of it. Called whether or not the
   * listener has pulled, so it must not wait for `pull`. A `joined` comes before any entry that the new member sent.
   */
  rosterChanged(change: RosterChange): void;

  /**
   * Every number up to `seq` may be acknowledged on this stream: it is stored, or its `Rejected` was delivered to
   * this listener. Never goes back. Called for what came through the seat or through `Switchboard.submit`, and
   * after a `Rejected` that had held it back was delivered.
   */
  accepted(seq: number): void;

  /** A signal for this peer was refused with `MAILBOX_FULL`. The listener decides whether its stream is too slow. */
  mailboxFull(): void;

  /**
   * A request of the client came by `Switchboard.submit`, perhaps to another node, so that it is alive; `heartbeat` is
   * true if it shows so on purpose, as a client does that means to go on with it.
   */
  heard(heartbeat: boolean): void;

  /** The client has something for this stream, sent here or by `Switchboard.submit`: the text of a `NoteSubmission`. */
  noted(text: string): void;

  /** The seat is lost, for this cause; absent when the session has left. */
  lost(cause?: Failure): void;
}

/** One numbered `SignalResponse` on its way: encoded, without its `seq` and `ack`. */
export interface MailboxEntry {
  readonly seq: number;
  /** The engine's own memory: good until `deliver` returns. */
  readonly payload: Uint8Array;
}

export interface JoinRequest {
  readonly room: RoomName;
  /** Made by the engine if it is absent. */
  readonly peerId: PeerId | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  /** 16 to 64 bytes, or none: then the join cannot be repeated, and its session cannot prove that it held its name. */
  readonly nonce: Uint8Array;
  /**
   * The nonce of an earlier session, or none. If that session still holds `peerId`, attached or away, it ends with
   * `PEER_REPLACED`, and this join opens a new session.
   */
  readonly formerNonce: Uint8Array;
  /**
   * Rises with each try of the client, over joins and resumes; 0 if it does not count them. A try below the
   * highest that its session has seen is refused with `SESSION_REPLACED`, and changes nothing.
   */
  readonly attempt: number;
  /** Whom the access token of the client names; absent without tokens. */
  readonly identity?: JoinIdentity;
  /**
   * What holds for the session beside its access token: at most 8 letters, which the session token carries, so that every
   * node knows them; absent for nothing.
   */
  readonly terms?: string;
}

/** Who joins, as far as an access token says so. */
export interface JoinIdentity {
  /**
   * Whom the session belongs to: some text of at most 64 ASCII characters. Only the same owner resumes it, repeats its
   * join, or takes its name; and this owner needs no nonce for that while the session is away.
   */
  readonly owner: string;
  readonly trusted: Member["trusted"];
  /** How many peers the room may have afterwards; undefined leaves it to the limits. */
  readonly roomPeers: number | undefined;
  /** What happens if the owner is connected under this name already; undefined leaves it to the limits. */
  readonly duplicates: "reject" | "replace" | undefined;
}

export interface ResumeRequest {
  readonly token: string;
  /**
   * The highest entry that the client has processed. If the client has acknowledged more than that, the request is
   * an old one, and the session continues after what was acknowledged.
   */
  readonly lastSeq: number;
  /** The highest number of its own that the client knows to be accepted; 0 if it knows none. */
  readonly acked: number;
  /** The version of the roster that the client knows; 0 for none. */
  readonly rosterVersion: number;
  /** As in `JoinRequest`. */
  readonly attempt: number;
  /** As in `JoinIdentity`. @default "" */
  readonly owner?: string;
}

export interface Attached {
  readonly ok: true;
  readonly seat: Seat;
  /** The secret that names the session; only its hash is kept. */
  readonly token: string;
  /** True when the session was there before. */
  readonly resumed: boolean;
  /** The other members, in the order in which they joined. Empty if `rosterUnchanged`. */
  readonly roster: readonly Member[];
  /** Rises with every change of the room's roster: see `nextRosterVersion`. */
  readonly rosterVersion: number;
  /** True if the roster is the one of `ResumeRequest.rosterVersion`. */
  readonly rosterUnchanged: boolean;
  /** What may be acknowledged: see `SeatListener.accepted`. */
  readonly accepted: number;
}

export type AttachOutcome = Attached | { readonly ok: false; readonly failure: Failure };

/** What there is on a node. Lobbies count neither as rooms nor as sessions. */
export interface Counts {
  /** Rooms with sessions. */
  readonly rooms: number;
  /** Sessions of clients. */
  readonly sessions: number;
  /** Those that have a stream here. */
  readonly attached: number;
  /** Clients with a stream here that wait in a lobby. */
  readonly waiting: number;
}

/** The bounds that both engines keep. */
export interface SwitchboardLimits {
  /**
   * The entries that a mailbox holds. Rejections of the peer's own signals may fill it twice over before the
   * session is given up.
   */
  readonly mailboxSignals: number;
  /** The bytes that a mailbox holds; twice over likewise. */
  readonly mailboxBytes: number;
  /**
   * The bytes of the largest signal. In a mailbox that is over half full with what its peer has not been sent, in
   * number or in bytes, a quarter is the share of one sender, but never less than one signal of this size.
   */
  readonly signalBytes: number;
  readonly roomPeers: number;
  /** How many may wait in a lobby: see `peerLimit`. */
  readonly lobbyPeers: number;
  /** The bytes of all metadata in one room, keys and values together. Beyond it: `ROOM_FULL`. */
  readonly roomMetadataBytes: number;
  /** How many updates of its metadata a session may make in one second, and at once. Beyond it: `RATE_LIMITED`. */
  readonly updatesPerSecond: number;
  /** The sessions of one node: see `Counts`. */
  readonly nodePeers: number;
  /** The clients that wait in lobbies on one node; places that are kept for clients without a stream count too. */
  readonly nodeLobbyPeers: number;
  /** How long a session without a stream is kept, in milliseconds. */
  readonly resumeWindowMs: number;
  /**
   * What happens to a join under the name of a connected peer. The name of a peer that is away goes to the
   * `formerNonce` that proves it; one whose holder joined without a nonce goes to any join.
   */
  readonly duplicatePeerId: "reject" | "replace";
}
