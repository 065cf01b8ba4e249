declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** The name of a room: `Join.room`. */
export type RoomName = Branded<"RoomName">;
/** The name of a peer in its room: `Join.peer_id`. */
export type PeerId = Branded<"PeerId">;

// The unreserved characters of RFC 3986 with `:`, `@` and `+`: e-mail addresses, phone numbers (E.164) and SIP URIs
// are names. Safe in a URL's path, in a log line and, having no braces, in the hash tag of a Redis Cluster key.
const roomName = /^[A-Za-z0-9._~:@+-]{1,128}$/;
const peerId = /^[A-Za-z0-9._~:@+-]{1,64}$/;
const negotiationIdBytes = 128;
const firstVisible = 0x21;
const lastVisible = 0x7e;

/** The rules in words. */
export const roomNameRule = "a room is named by 1 to 128 characters of A-Z a-z 0-9 . _ ~ : @ + -";
export const peerIdRule = "a peer is named by 1 to 64 characters of A-Z a-z 0-9 . _ ~ : @ + -";

export function isRoomName(text: string): text is RoomName {
  return roomName.test(text);
}

export function isPeerId(text: string): text is PeerId {
  return peerId.test(text);
}

/**
 * Whether this part of the bytes is a `negotiation_id`: visible ASCII, so that a Call-ID of SIP (RFC 3261 section
 * 25.1) or base64 can be one. It is only passed on, so no string is made of it.
 */
export function isNegotiationId(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start > negotiationIdBytes) return false;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte < firstVisible || byte > lastVisible) return false;
  }
  return true;
}
