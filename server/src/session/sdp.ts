import { hasControlCharacter } from "./control-character.ts";

const versionLine = Buffer.from("v=0");
const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/**
 * What is wrong with a session description, or undefined. It is looked at as bytes and never rewritten: an
 * answerer that gets other SDP than the offerer made cannot be debugged.
 *
 * The rules protect the recipient: the description begins with `v=0` (RFC 8866 section 5.1), so that it is one at
 * all, and contains no control character but tab and line ends (section 9 forbids NUL). How well it follows the
 * grammar is for the endpoints to judge. Browsers make offers without a media section, and descriptions without
 * a fingerprint when every section is rejected; gateways add SDES keys, which WebRTC endpoints ignore.
 */
export function sdpFault(bytes: Uint8Array, start = 0, end = bytes.byteLength): string | undefined {
  if (start === end) return "the SDP is empty";
  const after = bytes[start + versionLine.byteLength];
  const isVersion0 =
    end - start > versionLine.byteLength &&
    versionLine.every((byte, index) => bytes[start + index] === byte) &&
    (after === lineFeed || after === carriageReturn);
  if (!isVersion0) return "the SDP does not begin with v=0";
  return hasControlCharacter(bytes, start, end) ? "the SDP contains a control character" : undefined;
}
