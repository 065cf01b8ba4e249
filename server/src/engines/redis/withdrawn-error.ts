/** Nobody waits for the answer any more, so that it is not asked for. */
export class WithdrawnError extends Error {
  override readonly name = "WithdrawnError";

  constructor() {
    super("nobody waits for the answer any more");
  }
}
