/** The bytes of a peer's metadata, keys and values together. */
export function metadataSize(metadata: Readonly<Record<string, string>>): number {
  let size = 0;
  for (const [key, value] of Object.entries(metadata))
    size += Buffer.byteLength(key) + Buffer.byteLength(value);
  return size;
}
