/** The client of a stream, as far as the limits of its connection and its address are concerned. */
export interface Caller {
  /** Its network address, as Node writes it; that of the client behind a trusted proxy. */
  readonly address: string;
  /** Under which name what it sends is counted together with that of other clients; undefined if its address is not limited. */
  readonly limitedAs: string | undefined;
  /** Counts a join or a resume; undefined if it may go on. Then `leave` follows when its stream is over. */
  enter(): Refusal | undefined;
  leave(): void;
}

/** Why a client has to wait. */
export interface Refusal {
  /** Its own use is too high, or that of the node. */
  readonly kind: "client" | "node";
  readonly message: string;
  readonly retryAfterMs: number;
}
