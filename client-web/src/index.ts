export type { WaitOptions } from "./abortable.ts";
export { type Clock, systemClock } from "./clock.ts";
export { type JoinRoomOptions, joinRoom } from "./join-room.ts";
export type { LinkLimits } from "./rtc/link-limits.ts";
export type { LinkOptions } from "./rtc/link-options.ts";
export { type LinkPath, type LinkStats, linkStats, type VideoStats } from "./rtc/link-stats.ts";
export { PeerLink } from "./rtc/peer-link.ts";
export type { LinkEnd, LinkSignaling, LinkState, PeerLinkEvents, Rebuilt } from "./rtc/peer-link-events.ts";
export { Room, type RoomOptions } from "./rtc/room.ts";
export type { RoomEvents } from "./rtc/room-events.ts";
export type { Metadata } from "./session/metadata-sender.ts";
export { browserPage, type PageLifecycle, type PageListener } from "./session/page-lifecycle.ts";
export type { PeerInfo } from "./session/peer-info.ts";
export { type BackoffOptions, backoff, type ReconnectPolicy } from "./session/reconnect-policy.ts";
export { logSession } from "./session/session-log.ts";
export type {
  BatchAnswer,
  SessionStart,
  SessionStream,
  SessionTransport,
  StreamInit,
  Via,
} from "./session/session-transport.ts";
export type { SignalTrace } from "./session/signal-trace.ts";
export { SignalingClient } from "./session/signaling-client.ts";
export type { AccessToken, SignalingClientOptions } from "./session/signaling-client-options.ts";
export type {
  LeaveCause,
  RejectedSignal,
  SessionState,
  SignalingEvents,
} from "./session/signaling-events.ts";
export type { IncomingSignal, OutgoingSignal, SignalBody } from "./session/signals.ts";
export { type RememberedSession, type SessionMemory, TabMemory } from "./session/tab-memory.ts";
export {
  type ClientReason,
  type ForeignReason,
  SignalingError,
  type SignalingReason,
} from "./signaling-error.ts";
