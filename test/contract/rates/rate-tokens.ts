import { generateKeyPairSync } from "node:crypto";
import { Issuer, type TokenInit } from "../../access/issuer.ts";
import { HeldClock } from "../stage/held-clock.ts";

/** The end of a client that has used up what it may do for now. */
export const limited = "ended RESOURCE_EXHAUSTED RATE_LIMITED";
const now = new HeldClock().wallTime() / 1000;
const stranger = generateKeyPairSync("ed25519").privateKey;

/** Issues what the tests of rates join with. */
export class RateTokens implements Disposable {
  readonly #issuer = new Issuer();

  /** What the server is started with to accept the tokens. */
  get flags(): string[] {
    return this.#issuer.flags;
  }

  /** A token for this `sub` in any room. @param peerId the only name that it may take; without one, any. */
  of(sub: string, peerId?: string): Promise<string> {
    return this.#issue({ claims: { sub, parley: { rooms: ["*"], peer_id: peerId } } });
  }

  /** The same, signed with a key that the server does not know. */
  forged(sub: string): Promise<string> {
    return this.#issue({ claims: { sub }, key: stranger });
  }

  #issue(init: TokenInit): Promise<string> {
    return this.#issuer.issue({ now, ...init });
  }

  [Symbol.dispose](): void {
    this.#issuer[Symbol.dispose]();
  }
}
