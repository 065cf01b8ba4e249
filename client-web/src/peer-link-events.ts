import type { SignalTrace } from "./signal-trace.ts";
import type { SignalingError } from "./signaling-error.ts";

/** The events of a `PeerLink`. */
export type PeerLinkEvents = {
  /** The peer sends a track. */
  track: [track: MediaStreamTrack, streams: readonly MediaStream[]];
  /** The peer opened a data channel. */
  datachannel: [channel: RTCDataChannel];
  state: [state: RTCPeerConnectionState];
  /** A signal of this link. */
  signal: [trace: SignalTrace];
  /** The link is over: by this side, by the peer's `Bye`, or because the peer is gone. */
  closed: [reason: string];
  /** Something did not work; the link goes on. */
  error: [error: SignalingError];
};
