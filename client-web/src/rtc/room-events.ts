import type { PeerInfo } from "../session/peer-info.ts";
import type { LeaveCause, SessionState } from "../session/signaling-events.ts";
import type { SignalingError } from "../signaling-error.ts";
import type { PeerLink } from "./peer-link.ts";

/** The events of a `Room`. */
export type RoomEvents = {
  /** A peer is in the room. Each listener is also called for those who were there before it. */
  peer: [peer: PeerInfo];
  /** A peer replaced its metadata. */
  "peer-updated": [peer: PeerInfo];
  /** A peer is gone, and so are its links. One that loses its session in the middle of a call is not gone yet. */
  "peer-left": [peer: PeerInfo, cause: LeaveCause];
  /**
   * A peer began a link that nothing here was meant for. Its tracks and channels come after this. Without a
   * listener, the link waits until `connect` takes it up.
   */
  link: [link: PeerLink];
  state: [state: SessionState, error?: SignalingError];
  /**
   * The session is over; without an error when this side left. With one, links that are up go on until they fail
   * or are closed.
   */
  closed: [error?: SignalingError];
};
