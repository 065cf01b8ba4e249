import type { LinkSignaling, LinkState, LinkStats } from "../../src/index.ts";
import type { MediaState, MediaTarget } from "../media/own-media.ts";

// What the views know of a call. Only join-call.ts, peer-call.ts and session-watch.ts know the client library.

/** A person in the room. */
export interface Member {
  readonly peerId: string;
  /** The display name; the peer id if there is none. */
  readonly name: string;
  /** What it publishes about its picture and its voice. */
  readonly media: Partial<MediaState>;
}

/** The signaling session, as the page shows it. */
export interface SessionState {
  readonly phase: "connecting" | "connected" | "reconnecting" | "resumed" | "closed";
  /** How often the session was resumed so far. */
  readonly resumes: number;
  /** Signals of the last resume: missed before it and delivered after it, or sent again. */
  readonly replayed: number;
  /** How long the session was away the last time, in milliseconds; 0 if it never was. */
  readonly awayMs: number;
  /** The node that serves the stream, and the version it runs. */
  readonly node: string;
  /** How the session is carried, for people; empty before it is open. */
  readonly via: string;
  /** Its name alone. */
  readonly nodeName: string;
  /** Why the session is away, and what the visitor can do about it; empty if there is nothing to do. */
  readonly advice: string;
}

/** One signal, as the timeline shows it. It is shown again, under the same key, when more is known. */
export interface SeenSignal {
  readonly key: string;
  readonly direction: "out" | "in";
  readonly kind: string;
  readonly peerId: string;
  readonly negotiationId: string;
  /** When it was sent or received, in milliseconds since the epoch. */
  readonly at: number;
  readonly outcome: "pending" | "acked" | "received" | "rejected";
  /** From sending to the ack; only where the signal is outgoing and acknowledged. */
  readonly ackedAfterMs?: number;
  /** Missed while the session was away and delivered after it, or sent again. */
  readonly replayed: boolean;
  /** Why it was rejected. */
  readonly reason?: string;
}

/** The connection to one other peer. */
export interface PeerCall {
  readonly member: Member;
  /** Whether this page gives way when both sides offer at once. */
  readonly polite: boolean;
  readonly stream: MediaStream | undefined;
  readonly ice: RTCIceConnectionState;
  /** From the first step of the negotiation to the connection, in milliseconds. */
  readonly connectedAfterMs: number | undefined;
  readonly facts: LinkStats | undefined;
  /** "starved": connected, but nothing arrives. */
  readonly state: LinkState | "closed";
  /** Whether signals reach the peer. */
  readonly signaling: LinkSignaling;
  /** Looks for new paths, by an offer and candidates as at the beginning. */
  restartIce(): void;
  /** Called after each change. */
  onChange: (() => void) | undefined;
}

/** A person who waits to come in. */
export interface Waiter {
  readonly member: Member;
  admit(this: void): void;
  turnAway(this: void): void;
}

/** Observes what happens in a call. */
export interface CallObserver {
  /** First of all: the session is open. */
  joined(self: Member): void;
  session(state: SessionState): void;
  signal(signal: SeenSignal): void;
  /** Who waits to come in, if this page may let them in. */
  lobby(waiting: readonly Waiter[]): void;
  peerJoined(peer: PeerCall): void;
  /** It published something else about itself. */
  peerChanged(peer: PeerCall): void;
  /** `words` go on after the name: "left". */
  peerLeft(peer: PeerCall, words: string): void;
  /** Something with one peer did not work; the call goes on. */
  failed(peer: PeerCall, reason: string, message: string): void;
  /** The service gave the session up, and a new one begins; calls go on. */
  renewed(reason: string, message: string): void;
  /** The session is over and does not come back by itself. */
  closed(reason: string, message: string): void;
}

/** A call that is going on. */
export interface Call extends MediaTarget {
  /** Drops the signaling connection as a lost network would, and keeps it away for so long. */
  cut(holdMs: number): void;
  leave(): Promise<void>;
}

/** What a call is joined with. */
export interface CallOptions {
  readonly room: string;
  readonly name: string;
  readonly stream: MediaStream;
  readonly media: MediaState;
  readonly signal: AbortSignal;
  /** Called while this page waits to be let in, with its place in the queue. */
  onWaiting(position: number): void;
}

/** A join that failed, with its typed reason. */
export class JoinError extends Error {
  override readonly name = "JoinError";
  readonly reason: string;

  constructor(reason: string, message: string, cause?: unknown) {
    super(message, { cause });
    this.reason = reason;
  }
}
