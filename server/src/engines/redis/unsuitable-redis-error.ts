/** This Redis cannot keep the promise. The message says what to change. */
export class UnsuitableRedisError extends Error {
  override readonly name = "UnsuitableRedisError";
}
