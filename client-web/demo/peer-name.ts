const maxPeerIdLength = 64;

/**
 * The peer id for a display name: lower case, without accents, words joined by `-`; undefined if
 * nothing is left that the contract allows (`Join.peer_id`), so that the server makes one.
 *
 * It comes from the name so that two people of one name in a room are noticed, and so that a reloaded page
 * takes the place of its own lost session.
 */
export function peerIdOf(name: string): string | undefined {
  const id = name
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/\p{Mark}/gu, "")
    .replaceAll(/[^a-z0-9._~:@-]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, maxPeerIdLength);
  return id === "" ? undefined : id;
}

/** A name for a person who gave none. */
export function guestName(random: () => number = Math.random): string {
  return `Guest ${100 + Math.floor(random() * 900)}`;
}

/** A hue from green over blue to rose, in degrees, always the same for the same name. */
export function hueOf(name: string): number {
  let hash = 7;
  for (const character of name) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 9973;
  // Dark yellows and oranges look muddy.
  return 150 + ((hash * 89) % 190);
}
