/** A stream that ends with OK after its first batch. */
export class Poll {
  /** The version of the roster that the client knew when it resumed; 0 if it knew none. */
  readonly knownRoster: number;
  readonly #end: () => void;
  #ends = false;

  constructor(knownRoster: number, end: () => void) {
    this.knownRoster = knownRoster;
    this.#end = end;
  }

  /** The batch has begun: what comes in this turn of the event loop still belongs to it. */
  endAfterTurn(): void {
    if (this.#ends) return;
    this.#ends = true;
    setImmediate(this.#end);
  }
}
