const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const versionLine = Buffer.from("v=0");
const fingerprint = Buffer.from("\na=fingerprint:");
const sdes = Buffer.from("\na=crypto:");

/**
 * What is wrong with a session description, or undefined. It is looked at as bytes and never rewritten: an
 * answerer that gets other SDP than the offerer made cannot be debugged.
 *
 * The rules: it begins with `v=0` (RFC 8866 section 5.1), has no NUL (section 9), has a certificate
 * fingerprint (RFC 8827 section 6.5: DTLS-SRTP is mandatory), and no SDES key (same section: MUST NOT be
 * offered; a relay would get to see the media's keys).
 */
export function sdpFault(sdp: Uint8Array): string | undefined {
  const text = Buffer.from(sdp.buffer, sdp.byteOffset, sdp.byteLength);
  if (text.length === 0) return "the SDP is empty";
  if (!text.subarray(0, versionLine.length).equals(versionLine)) return "the SDP does not begin with v=0";
  const after = text[versionLine.length];
  if (after !== lineFeed && after !== carriageReturn) return "the SDP does not begin with v=0";
  if (text.includes(0)) return "the SDP contains NUL";
  if (text.indexOf(fingerprint) < 0) return "the SDP has no a=fingerprint";
  if (text.indexOf(sdes) >= 0) return "the SDP has an a=crypto, which WebRTC forbids";
  return undefined;
}
