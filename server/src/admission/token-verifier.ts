import { Reason } from "@parley/contract";
import { errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from "jose";
import type { Failure } from "../switchboard/failure.ts";
import type { Clock } from "../time/clock.ts";
import type { Access } from "./access.ts";
import { ClaimError, readClaims } from "./claims.ts";
import { verifyEd25519 } from "./ed25519-token.ts";
import { KeysUnavailableError } from "./jwks-source.ts";
import type { VerificationKey } from "./verification-key.ts";
import { VerifiedTokens } from "./verified-tokens.ts";

/** Where keys come from. */
export interface KeySource {
  /** The keys that may have signed a token. May reject with a KeysUnavailableError. */
  candidates(algorithm: string, kid: string | undefined): Promise<VerificationKey[]> | VerificationKey[];
}

export interface TokenRules {
  readonly issuer: string;
  readonly audience: string;
  /** How far the clocks of issuer and service may differ, in milliseconds. */
  readonly leewayMs: number;
  /** From `iat` to `exp`, in milliseconds. */
  readonly lifetimeMs: number;
  /** The bytes of a token. */
  readonly tokenBytes: number;
}

export type Verified = { readonly access: Access } | { readonly failure: Failure };

/** As many keys are tried for one token that names none. */
const mostCandidates = 4;

/** Verifies access tokens: JWTs in compact form (RFC 7515, RFC 7519), by the advice of RFC 8725. */
export class TokenVerifier {
  readonly #keys: KeySource;
  readonly #rules: TokenRules;
  readonly #clock: Clock;
  readonly #verified: VerifiedTokens;

  constructor(keys: KeySource, rules: TokenRules, clock: Clock) {
    this.#keys = keys;
    this.#rules = rules;
    this.#clock = clock;
    this.#verified = new VerifiedTokens(clock);
  }

  /** What a token says, if it was verified a moment ago and is still valid. */
  recall(token: string): Access | undefined {
    const access = this.#verified.get(token);
    if (access === undefined) return undefined;
    return access.expiresAt + this.#rules.leewayMs > this.#clock.wallTime() ? access : undefined;
  }

  /** What a token says, or what is wrong with it. */
  async verify(token: string): Promise<Verified> {
    const known = this.recall(token);
    if (known !== undefined) return { access: known };
    const header = headerOf(token, this.#rules.tokenBytes);
    if (typeof header === "string") return invalid(header);
    try {
      const candidates = await this.#keys.candidates(header.alg, header.kid);
      if (candidates.length === 0) return invalid(`no key verifies ${describe(header)}`);
      const payload = await this.#payloadOf(token, candidates.slice(0, mostCandidates));
      const access = this.#checked(payload);
      this.#verified.add(token, access);
      return { access };
    } catch (error) {
      return { failure: failureOf(error) };
    }
  }

  async #payloadOf(token: string, candidates: readonly VerificationKey[]): Promise<JWTPayload> {
    const { issuer, audience, leewayMs } = this.#rules;
    const options: JWTVerifyOptions = {
      issuer,
      audience,
      clockTolerance: leewayMs / 1000,
      currentDate: new Date(this.#clock.wallTime()),
      requiredClaims: ["iss", "aud", "exp", "sub"],
    };
    let wrong: unknown;
    for (const { key, algorithm } of candidates) {
      try {
        if (algorithm === "EdDSA") return verifyEd25519(token, key, options);
        return (await jwtVerify(token, key, { ...options, algorithms: [algorithm] })).payload;
      } catch (error) {
        if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
        wrong = error;
      }
    }
    throw wrong;
  }

  #checked(payload: JWTPayload): Access {
    const now = this.#clock.wallTime() / 1000;
    const { leewayMs, lifetimeMs } = this.#rules;
    const { iat = now, exp = 0 } = payload;
    if (iat > now + leewayMs / 1000) throw new ClaimError("iat is in the future");
    if ((exp - iat) * 1000 > lifetimeMs) {
      throw new ClaimError(
        `a token may be valid for ${lifetimeMs / 1000} seconds, this one is for ${exp - iat}`,
      );
    }
    return readClaims(payload);
  }
}

interface Header {
  readonly alg: string;
  readonly kid: string | undefined;
}

const compactForm = /^([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;
/** What `typ` may be: a JWT made for another purpose is none for this one (RFC 8725 section 3.11). */
const types = new Set([undefined, "jwt", "at+jwt", "application/at+jwt"]);

/** The header of a token, read before anything is computed; or what is wrong with it. */
function headerOf(token: string, mostBytes: number): Header | string {
  if (token.length > mostBytes) return `it has ${token.length} bytes, more than ${mostBytes}`;
  const [, encoded] = compactForm.exec(token) ?? [];
  if (encoded === undefined) return "it is not a JWT in compact form";
  try {
    const header: unknown = JSON.parse(Buffer.from(encoded, "base64url").toString("utf8"));
    if (typeof header !== "object" || header === null) return "its header is not an object";
    const { alg, kid, typ, crit } = header as { [name in "alg" | "kid" | "typ" | "crit"]?: unknown };
    if (typeof alg !== "string") return "its header names no algorithm";
    // None is understood here (RFC 7515 section 4.1.11).
    if (crit !== undefined) return "its header has critical extensions";
    if (kid !== undefined && typeof kid !== "string") return "its kid is not a string";
    if (!types.has(typeof typ === "string" ? typ.toLowerCase() : (typ as undefined)))
      return "its typ is not JWT";
    // RFC 9864 has another name for what EdDSA means here.
    return { alg: alg === "Ed25519" ? "EdDSA" : alg, kid };
  } catch {
    return "its header is not JSON";
  }
}

/** Both texts are the client's: shown in part only. */
function describe({ alg, kid }: Header): string {
  const shown = (text: string) => JSON.stringify(text.slice(0, 64));
  return `a token of alg ${shown(alg)}${kid === undefined ? "" : ` and kid ${shown(kid)}`}`;
}

function invalid(fault: string): Verified {
  return {
    failure: { reason: Reason.ACCESS_TOKEN_INVALID, message: `the access token is invalid: ${fault}` },
  };
}

function failureOf(error: unknown): Failure {
  if (error instanceof KeysUnavailableError) {
    const { message, retryAfterMs } = error;
    return { reason: Reason.KEYS_UNAVAILABLE, message, retryAfterMs };
  }
  if (error instanceof errors.JWTExpired) {
    return { reason: Reason.ACCESS_TOKEN_EXPIRED, message: "the access token has expired" };
  }
  if (error instanceof errors.JOSEError || error instanceof ClaimError) {
    const message = `the access token is invalid: ${error.message}`;
    return { reason: Reason.ACCESS_TOKEN_INVALID, message };
  }
  throw error;
}
