/** Something that is revoked: the tokens of an owner that were issued until then, or one token. */
export interface Revocation {
  /** The owner, or the name of the token. */
  readonly kind: "owner" | "token";
  readonly name: string;
  /** When it was revoked, in milliseconds since the epoch. */
  readonly atMs: number;
  /** Until when it is kept, in milliseconds since the epoch. */
  readonly untilMs: number;
}

/** Receives every revocation that is kept: what there is already, and what comes. Some may come again. */
export type RevocationListener = (revocations: readonly Revocation[]) => void;
