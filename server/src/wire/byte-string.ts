/**
 * Bytes as a string of one character for each (a `ByteString` of Web IDL; `latin1` for Node). What is written
 * leaves as such. Node copies it on the way to the socket, so the buffers that it was gathered in can be used
 * again, and V8 is not driven into collections by buffers that live for a moment. Where a client does not read,
 * it waits in its own size.
 */
export type ByteString = string;

export function byteString(bytes: Uint8Array): ByteString {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}
