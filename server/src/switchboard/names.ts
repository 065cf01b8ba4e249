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
const negotiationIdBytes = 64;
/** 1 for each character of a `negotiation_id`. */
const ofNegotiationId = Uint8Array.from({ length: 256 }, (_, code) =>
  /[A-Za-z0-9._~-]/.test(String.fromCharCode(code)) ? 1 : 0,
);

export function isRoomName(text: string): text is RoomName {
  return roomName.test(text);
}

export function isPeerId(text: string): text is PeerId {
  return peerId.test(text);
}

/** Whether this part of the bytes is a `negotiation_id`. It is only passed on, so no string is made of it. */
export function isNegotiationId(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start > negotiationIdBytes) return false;
  for (let at = start; at < end; at++) if (ofNegotiationId[bytes[at] ?? 0] !== 1) return false;
  return true;
}
