/** The contract uses something that plain messages cannot express yet. */
export class UnsupportedError extends Error {
  override readonly name = "UnsupportedError";
}
