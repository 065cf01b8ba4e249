import type { SignalTrace } from "./signal-trace.ts";
import type { SignalingError } from "./signaling-error.ts";

/**
 * Where a link stands: the state of its connection, or "starved" if that is connected and the peer sends media,
 * but none of it arrives.
 */
export type LinkState = RTCPeerConnectionState | "starved";

/**
 * Whether signals reach the peer: "away" while it has no session. The connection goes on meanwhile, but a broken
 * path is not repaired.
 */
export type LinkSignaling = "open" | "away";

/** How a link went on over a new connection. */
export interface Rebuilt {
  readonly connection: RTCPeerConnection;
  /** Closed by now, or soon. */
  readonly previous: RTCPeerConnection;
  /** The successor of each open channel that this side had made with `createDataChannel`. */
  readonly channels: ReadonlyMap<RTCDataChannel, RTCDataChannel>;
}

/** The events of a `PeerLink`. */
export type PeerLinkEvents = {
  /** The peer sends a track. */
  track: [track: MediaStreamTrack, streams: readonly MediaStream[]];
  /** The peer opened a data channel. */
  datachannel: [channel: RTCDataChannel];
  state: [state: LinkState];
  signaling: [state: LinkSignaling];
  /**
   * The connection could not be repaired and was replaced. The tracks that this side sends, and the channels that
   * it made, are on the new one already; what the peer sends comes as new tracks and channels.
   */
  rebuilt: [rebuilt: Rebuilt];
  /** A signal of this link. */
  signal: [trace: SignalTrace];
  /** The link is over: by this side, by the peer's `Bye`, or because the peer is gone. */
  closed: [reason: string];
  /** Something did not work; the link goes on. */
  error: [error: SignalingError];
};
