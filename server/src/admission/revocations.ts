import { Reason } from "@parley/contract";
import type { Failure } from "../switchboard/failure.ts";
import type { Revocation } from "../switchboard/revocation.ts";
import type { Clock } from "../time/clock.ts";

/** What identifies a token to a revocation. */
export interface TokenIdentity {
  readonly owner: string;
  readonly tokenId?: string | undefined;
  /** In milliseconds since the epoch; 0 if the token does not say. */
  readonly issuedAt: number;
}

/** The revocations that this node knows. */
export class Revocations {
  readonly #clock: Clock;
  readonly #kept = new Map<string, Revocation>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many are kept. */
  get size(): number {
    return this.#kept.size;
  }

  add(revocations: readonly Revocation[]): void {
    const now = this.#clock.wallTime();
    for (const revocation of revocations) {
      const key = `${revocation.kind} ${revocation.name}`;
      const before = this.#kept.get(key);
      if (before === undefined || before.atMs <= revocation.atMs) this.#kept.set(key, revocation);
    }
    for (const [key, { untilMs }] of this.#kept) if (untilMs <= now) this.#kept.delete(key);
  }

  /** Why a token is not valid any more, or undefined if it is. */
  refusal({ owner, tokenId, issuedAt }: TokenIdentity): Failure | undefined {
    if (this.#kept.size === 0) return undefined;
    const ofOwner = this.#kept.get(`owner ${owner}`);
    const covered = ofOwner !== undefined && issuedAt <= ofOwner.atMs;
    if (!covered && (tokenId === undefined || !this.#kept.has(`token ${tokenId}`))) return undefined;
    return { reason: Reason.ACCESS_TOKEN_REVOKED, message: "the access token was revoked" };
  }
}
