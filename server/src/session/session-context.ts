import type { Admission } from "../admission/admission.ts";
import type { IceServers } from "../admission/ice-servers.ts";
import type { Revocations } from "../admission/revocations.ts";
import type { Switchboard } from "../switchboard/switchboard.ts";
import type { Observer } from "../telemetry/observer.ts";
import type { Timers } from "../time/timers.ts";
import type { AckQueue } from "./ack-queue.ts";
import type { Drain, Movable } from "./drain.ts";
import type { SignalBudgets } from "./signal-budgets.ts";
import type { TurnQueue } from "./turn-queue.ts";

/** A session that has a stream on this node, as the node sees it. */
export interface AttachedSession extends Movable {
  /** Ends the session if its access token was revoked. */
  checkRevoked(): void;
  /** Ends the stream with `GOING_AWAY`; its client may resume elsewhere. */
  endGoingAway(): void;
}

/** What the sessions of one node share. */
export interface SessionContext {
  readonly switchboard: Switchboard;
  readonly timers: Timers;
  readonly admission: Admission;
  /** The access tokens that are revoked. */
  readonly revocations: Pick<Revocations, "refusal">;
  readonly observer: Observer;
  readonly acks: AckQueue;
  /** Where sessions begin: a `Welcome` may be large. */
  readonly attaches: TurnQueue;
  readonly settings: SessionSettings;
  /** The sessions that have a stream on this node. */
  readonly attached: Set<AttachedSession>;
  readonly drain: Drain;
  /** What clients may still send. */
  readonly budgets: SignalBudgets;
  readonly iceServers: Pick<IceServers, "offer">;
  /** Whether clients may be held in lobbies. */
  readonly lobbies: boolean;
  /** Called with what was thrown that is meant for no client. */
  onError(error: unknown): void;
}

/** The figures of a session. All times in milliseconds. */
export interface SessionSettings {
  /** How long a stream may take to say how it begins. */
  readonly firstMessageMs: number;
  readonly admission: {
    /** How long a backend that decides about joins may take; the rest of the admission comes on top. */
    readonly timeoutMs: number;
  };
  /** The bytes of a message before its client has a session or has shown its token. */
  readonly firstMessageBytes: number;
  /** How long a batch that leaves a gap waits for the one that it overtook. */
  readonly seqGapMs: number;
  readonly heartbeatMs: number;
  /** How long before an access token expires its client is warned. */
  readonly tokenWarningMs: number;
  readonly resumeWindowMs: number;
  /** How many clients may wait in the lobby of one room. */
  readonly lobbyPeers: number;
  /** How long a client may wait there. */
  readonly lobbyWaitMs: number;
  /** The bytes of one signal; more is rejected. */
  readonly signalBytes: number;
  /** The signals of one batch. */
  readonly batchSignals: number;
  /** The bytes of any message; the wire refuses more. */
  readonly messageBytes: number;
  readonly mailboxSignals: number;
  readonly mailboxBytes: number;
  readonly roomPeers: number;
  /** The bytes of one peer's metadata. */
  readonly metadataBytes: number;
  /** How long a stream may be blocked before it is slow, if signals find the mailbox full. */
  readonly slowReaderMs: number;
  /** The concurrent streams of one HTTP/2 connection; the wire enforces it. */
  readonly streams: number;
  readonly node: string;
  readonly version: string;
}
