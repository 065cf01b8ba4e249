const firstPrintable = 0x20;
const lastAscii = 0x7e;

/** Whether this part of the bytes, which is UTF-8, is one line without control characters. */
export function isSingleLine(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (breaksLine(bytes, at)) return false;
  return true;
}

/**
 * Whether a control character or a line separator begins here: U+0000 to U+001F, U+007F to U+009F, U+2028 and
 * U+2029. All of them, since stacks that split SDP as text (Python's `splitlines`) end a line at most of these.
 */
export function breaksLine(bytes: Uint8Array, at: number): boolean {
  const byte = bytes[at] ?? 0;
  if (byte >= firstPrintable && byte <= lastAscii) return false;
  if (byte === 0xc2) return (bytes[at + 1] ?? 0) < 0xa0;
  if (byte === 0xe2) return bytes[at + 1] === 0x80 && (bytes[at + 2] === 0xa8 || bytes[at + 2] === 0xa9);
  return byte < 0x80;
}
