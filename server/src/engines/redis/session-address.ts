import type { PeerId, RoomName } from "../../switchboard/names.ts";

/** A session, wherever it is attached. */
export interface SessionAddress {
  readonly room: RoomName;
  readonly peerId: PeerId;
  readonly sessionId: string;
}

/** One attachment of a session. */
export interface AttachmentAddress extends SessionAddress {
  readonly epoch: number;
}
