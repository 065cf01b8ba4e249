/** Bytes that are not the expected message, or a message with a value that its field cannot hold. */
export class CodecError extends Error {
  override readonly name = "CodecError";
}
