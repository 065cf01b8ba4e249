/** From this many bytes on, four at a time pay for the view that it takes. */
const leastForWords = 128;

const key = new Uint8Array(4);
const keyWord = new Uint32Array(key.buffer);

/**
 * Removes the mask of a client's frame in place (RFC 6455, section 5.3).
 *
 * @param mask its four bytes, the first one in the highest bits
 * @param phase how many bytes of the frame came before these
 */
export function unmask(bytes: Uint8Array, mask: number, phase = 0): void {
  if (mask === 0) return;
  const { byteLength } = bytes;
  let at = 0;
  if (byteLength >= leastForWords) {
    const misaligned = -bytes.byteOffset & 3;
    for (; at < misaligned; at++) bytes[at] = (bytes[at] ?? 0) ^ maskByte(mask, phase + at);
    at += unmaskWords(bytes, mask, phase, at);
  }
  for (; at < byteLength; at++) bytes[at] = (bytes[at] ?? 0) ^ maskByte(mask, phase + at);
}

/** Unmasks whole words from an aligned position on, and returns how many bytes they have. */
function unmaskWords(bytes: Uint8Array, mask: number, phase: number, from: number): number {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset + from, (bytes.byteLength - from) >> 2);
  for (let at = 0; at < 4; at++) key[at] = maskByte(mask, phase + from + at);
  const word = keyWord[0] ?? 0;
  const { length } = words;
  for (let at = 0; at < length; at++) words[at] = (words[at] ?? 0) ^ word;
  return length * 4;
}

function maskByte(mask: number, at: number): number {
  return (mask >>> (24 - 8 * (at & 3))) & 0xff;
}
