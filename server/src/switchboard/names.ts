declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** The name of a room: `Join.room`. */
export type RoomName = Branded<"RoomName">;
/** The name of a peer in its room: `Join.peer_id`. */
export type PeerId = Branded<"PeerId">;

// The unreserved characters of RFC 3986 with `:` and `@`: safe in a URL's path, in a log line and, having no
// braces, in the hash tag of a Redis Cluster key.
const roomName = /^[A-Za-z0-9._~:@-]{1,128}$/;
const peerId = /^[A-Za-z0-9._~:@-]{1,64}$/;
const negotiationId = /^[A-Za-z0-9._~-]{0,64}$/;

export function isRoomName(text: string): text is RoomName {
  return roomName.test(text);
}

export function isPeerId(text: string): text is PeerId {
  return peerId.test(text);
}

export function isNegotiationId(text: string): boolean {
  return negotiationId.test(text);
}
