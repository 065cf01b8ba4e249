export type { WaitOptions } from "./abortable.ts";
export { type Clock, systemClock } from "./clock.ts";
export { type JoinRoomOptions, joinRoom } from "./join-room.ts";
export type { LinkLimits } from "./link-limits.ts";
export type { LinkOptions } from "./link-options.ts";
export { type LinkPath, type LinkStats, linkStats, type VideoStats } from "./link-stats.ts";
export type { Metadata } from "./metadata-sender.ts";
export { browserPage, type PageLifecycle, type PageListener } from "./page-lifecycle.ts";
export type { PeerInfo } from "./peer-info.ts";
export { PeerLink } from "./peer-link.ts";
export type { LinkEnd, LinkSignaling, LinkState, PeerLinkEvents, Rebuilt } from "./peer-link-events.ts";
export { type BackoffOptions, backoff, type ReconnectPolicy } from "./reconnect-policy.ts";
export { Room, type RoomOptions } from "./room.ts";
export type { RoomEvents } from "./room-events.ts";
export { logSession } from "./session-log.ts";
export type {
  BatchAnswer,
  SessionStart,
  SessionStream,
  SessionTransport,
  StreamInit,
} from "./session-transport.ts";
export type { SignalTrace } from "./signal-trace.ts";
export { SignalingClient } from "./signaling-client.ts";
export type { AccessToken, SignalingClientOptions } from "./signaling-client-options.ts";
export {
  type ClientReason,
  type ForeignReason,
  SignalingError,
  type SignalingReason,
} from "./signaling-error.ts";
export type { LeaveCause, RejectedSignal, SessionState, SignalingEvents } from "./signaling-events.ts";
export type { IncomingSignal, OutgoingSignal, SignalBody } from "./signals.ts";
export { type RememberedSession, type SessionMemory, TabMemory } from "./tab-memory.ts";
