import type { SignalTrace } from "../session/signal-trace.ts";
import type { SignalingError } from "../signaling-error.ts";

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

/**
 * Why a link is over:
 *
 * - "closed": this side closed it, or left the room.
 * - "bye": the peer closed it.
 * - "hung-up": the connection was closed from the other end.
 * - "peer-left": the peer left the room.
 * - "session-lost": a session ended before the connection was up.
 * - "failed": the connection has failed, and the peer has had no session for half a minute.
 */
export type LinkEnd = "closed" | "bye" | "hung-up" | "peer-left" | "session-lost" | "failed";

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
  /** The link is over. `words` are those of the side that closed it, for people and logs; empty if there are none. */
  closed: [why: LinkEnd, words: string];
  /** Something did not work; the link goes on. */
  error: [error: SignalingError];
};
