import type { Clock } from "../time/clock.ts";
import type { Rate } from "../time/rate-limiter.ts";
import { type Admission, openAdmission } from "./admission.ts";
import { BadTokens } from "./bad-tokens.ts";
import { fetchJwks } from "./jwks.ts";
import { JwksSource } from "./jwks-source.ts";
import type { Revocations } from "./revocations.ts";
import { TokenAdmission } from "./token-admission.ts";
import { type KeySource, TokenVerifier } from "./token-verifier.ts";
import { candidatesAmong, type VerificationKey } from "./verification-key.ts";

/** The settings of access tokens. All times in milliseconds. */
export interface TokenSettings {
  /** The invalid tokens of one address. */
  readonly badTokens: Rate;
  readonly issuer: string | undefined;
  readonly audience: string | undefined;
  readonly leewayMs: number;
  readonly lifetimeMs: number;
  readonly bytes: number;
  readonly jwksUrl: string | undefined;
  readonly jwksMaxAgeMs: number;
  readonly jwksCooldownMs: number;
}

export interface AdmissionParts {
  readonly keys: readonly VerificationKey[];
  readonly jwksCa: string | undefined;
  readonly clock: Clock;
  readonly revocations: Revocations;
  /** Receives why keys cannot be fetched. */
  readonly onError: (error: unknown) => void;
}

/** Admits everyone if there is no key, and otherwise those with a valid access token. */
export function createAdmission(settings: TokenSettings, parts: AdmissionParts): Admission {
  const { issuer, audience, leewayMs, lifetimeMs, bytes: tokenBytes, jwksUrl } = settings;
  if (parts.keys.length === 0 && jwksUrl === undefined) return openAdmission;
  const rules = { issuer: issuer ?? "", audience: audience ?? "", leewayMs, lifetimeMs, tokenBytes };
  const badTokens = new BadTokens(settings.badTokens, () => parts.clock.now());
  const verifier = new TokenVerifier(keySourceOf(settings, parts), rules, parts.clock);
  return new TokenAdmission(verifier, parts.revocations, badTokens, leewayMs);
}

/** Keys that are given at the start come before those that are fetched. */
function keySourceOf(settings: TokenSettings, { keys, jwksCa, clock, onError }: AdmissionParts): KeySource {
  const { jwksUrl: url, jwksMaxAgeMs: maxAgeMs, jwksCooldownMs: cooldownMs } = settings;
  const given = (algorithm: string, kid: string | undefined) => candidatesAmong(keys, algorithm, kid);
  if (url === undefined) return { candidates: given };
  const fetch = () => fetchJwks(url, jwksCa);
  const fetched = new JwksSource({ fetch, clock, maxAgeMs, cooldownMs, onError });
  return {
    async candidates(algorithm, kid) {
      const found = given(algorithm, kid);
      return found.length > 0 ? found : fetched.candidates(algorithm, kid);
    },
  };
}
