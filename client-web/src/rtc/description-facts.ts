/** Whether a description was made by Firefox, whose `o=` line names it. */
export function isFirefox(sdp: string): boolean {
  return /^o=mozilla/m.test(sdp);
}

/** The username fragments of a description (RFC 8839 section 5.4), one for each media section or for all. */
export function fragmentsOf(sdp: string): string[] {
  return Array.from(sdp.matchAll(/^a=ice-ufrag:(\S+)/gm), ([, fragment = ""]) => fragment);
}

/** The ICE generation of a description: its first username fragment; empty if it has none. */
export function fragmentOf(sdp: string): string {
  return fragmentsOf(sdp)[0] ?? "";
}

/**
 * The DTLS certificate fingerprints of a description (RFC 8122), each once, in one spelling and order: the hash
 * in lower case, a space, the bytes in upper case; joined by commas. Empty if it has none.
 *
 * Browsers make a certificate for each connection, so these name the connection and its two ends.
 */
export function fingerprintsOf(sdp: string): string {
  const found = sdp.matchAll(/^a=fingerprint:(\S+) +(\S+)/gm);
  const spelled = [...found].map(
    ([, hash = "", bytes = ""]) => `${hash.toLowerCase()} ${bytes.toUpperCase()}`,
  );
  return [...new Set(spelled)].sort().join(",");
}
