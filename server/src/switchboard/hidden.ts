import type { PeerId } from "./names.ts";

// A hidden peer is in nobody's roster. It has a name that no client can use or address, so that it does not occupy the name of
// a visible peer, and nobody can find out whether it is there.

const mark = "!";

/** The name that a hidden peer has in the engine. */
export function hiddenName(peerId: PeerId): PeerId {
  return `${mark}${peerId}` as PeerId;
}

/** Whether the peer of this name is hidden. */
export function isHidden(peerId: PeerId): boolean {
  return peerId.startsWith(mark);
}

/** The name of a peer as its client knows it. */
export function nameOf(peerId: PeerId): PeerId {
  return isHidden(peerId) ? (peerId.slice(mark.length) as PeerId) : peerId;
}
