import { LeaveReason } from "@parley/contract/enums";
import { lowerCaseName } from "../enum-name.ts";
import type { SignalingError } from "../signaling-error.ts";
import type { PeerInfo } from "./peer-info.ts";
import type { SignalTrace } from "./signal-trace.ts";
import type { IncomingSignal } from "./signals.ts";

/** Where a session stands. "closed" is the end. */
export type SessionState = "idle" | "connecting" | "open" | "reconnecting" | "closed";

/**
 * Why a peer is gone: it left; its resume window ran out; another session took its name; it fell too far
 * behind; the service lost its session, or ended it; not known; or this session itself started over, and everybody is met again.
 */
export type LeaveCause =
  | "left"
  | "expired"
  | "replaced"
  | "overflowed"
  | "lost"
  | "removed"
  | "unknown"
  | "reset";

/** Which signal was rejected, for those that have forgotten it by then. */
export interface RejectedSignal {
  readonly seq: number;
  /** The `peerId` that it was for, and its session; 0 for the holder of the name. */
  readonly to: string;
  readonly toSession: number;
  readonly negotiationId: string;
}

/** The events of a `SignalingClient`. */
export type SignalingEvents = {
  /** Another peer said something. */
  signal: [signal: IncomingSignal];
  /** A peer is in the room: at the first `Welcome`, and when it comes later. */
  peer: [peer: PeerInfo];
  /** A peer is gone. */
  "peer-left": [peer: PeerInfo, cause: LeaveCause];
  /** A peer replaced its metadata. */
  "peer-updated": [peer: PeerInfo];
  /** The room was seen whole, after each `Welcome`; its changes were reported as "peer" and "peer-left" before. */
  roster: [peers: ReadonlyMap<string, PeerInfo>];
  /** This client waits in the lobby of the room, in this place of the queue, from 1. "open" follows if it is let in. */
  waiting: [position: number];
  /** Who waits in the lobby has changed. Only for members whose token grants `admit`. */
  lobby: [waiting: readonly PeerInfo[]];
  /** The ICE servers changed: at the first `Welcome`, and before their credentials lapse. */
  "ice-servers": [servers: readonly RTCIceServer[]];
  /** The error says why the session is being taken up again, or is closed. */
  state: [state: SessionState, error?: SignalingError];
  /** The service gave the session up, and a new one begins: what was not acknowledged was rejected. */
  reset: [error: SignalingError];
  /** A signal will not arrive. Its `send` rejects too, unless an acknowledgement overtook this. */
  rejected: [error: SignalingError, signal: RejectedSignal];
  /** A signal was received, sent, acknowledged or rejected. */
  trace: [trace: SignalTrace];
  /** The session is over; without an error when the caller ended it. */
  closed: [error?: SignalingError];
};

/** A reason of the contract as the events report it. */
export function leaveCause(reason: LeaveReason): LeaveCause {
  return lowerCaseName(LeaveReason, reason) ?? "unknown";
}
