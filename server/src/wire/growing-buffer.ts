/** The first buffer for something whose end is not there yet, in bytes. */
const leastBytes = 4096;

/**
 * A buffer of at least `needed` bytes that begins with the first `filled` of `old`: `old` itself if it has
 * the room. It doubles as it fills, so that what a client promises costs nothing, and is never larger than
 * `most`.
 */
export function grown(old: Uint8Array | undefined, filled: number, needed: number, most: number): Uint8Array {
  if (old !== undefined && old.byteLength >= needed) return old;
  const size = Math.min(most, Math.max(needed, (old?.byteLength ?? 0) * 2, leastBytes));
  const buffer = Buffer.allocUnsafeSlow(size);
  if (old !== undefined) buffer.set(old.subarray(0, filled));
  return buffer;
}
