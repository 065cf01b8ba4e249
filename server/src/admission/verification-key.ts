import { createPublicKey, createSecretKey, type KeyObject } from "node:crypto";

/** The algorithms (RFC 7518, RFC 8037) that access tokens may be signed with. */
export type TokenAlgorithm = "EdDSA" | "ES256" | "RS256" | "HS256";

/** One key that verifies access tokens, with the only algorithm that it is for (RFC 8725 section 3.1). */
export interface VerificationKey {
  /** Tokens that name a key must name this one; undefined if the key has no name, and so is tried for all. */
  readonly kid: string | undefined;
  readonly algorithm: TokenAlgorithm;
  readonly key: KeyObject;
}

/** The bytes of a secret for HS256 (RFC 7518 section 3.2). */
const leastSecretBytes = 32;
const leastRsaBits = 2048;

/** A public key, or a certificate, from PEM. Throws a TypeError, in words for people. */
export function keyOfPem(pem: string, kid: string | undefined): VerificationKey {
  if (/PRIVATE KEY/.test(pem)) throw new TypeError("is a private key: give the public one");
  const key = createPublicKey(pem);
  return { kid, algorithm: algorithmOf(key), key };
}

/** A secret for HS256. Throws a TypeError, in words for people. */
export function keyOfSecret(secret: string): VerificationKey {
  const bytes = Buffer.from(secret);
  if (bytes.byteLength < leastSecretBytes) {
    throw new TypeError(`a secret must have at least ${leastSecretBytes} bytes`);
  }
  return { kid: undefined, algorithm: "HS256", key: createSecretKey(bytes) };
}

/** The one algorithm that a public key is for. Throws a TypeError if it is for none of ours. */
export function algorithmOf(key: KeyObject): Exclude<TokenAlgorithm, "HS256"> {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === "ed25519") return "EdDSA";
  if (type === "ec" && details?.namedCurve === "prime256v1") return "ES256";
  if (type === "rsa") {
    if ((details?.modulusLength ?? 0) >= leastRsaBits) return "RS256";
    throw new TypeError(`an RSA key must have at least ${leastRsaBits} bits`);
  }
  throw new TypeError("must be an Ed25519, P-256 or RSA key");
}

/** The keys that may have signed a token: those of its algorithm that have its name, or none. */
export function candidatesAmong(
  keys: readonly VerificationKey[],
  algorithm: string,
  kid: string | undefined,
): VerificationKey[] {
  const same = keys.filter((key) => key.algorithm === algorithm);
  const named = same.filter((key) => key.kid === kid && kid !== undefined);
  if (named.length > 0) return named;
  return same.filter((key) => key.kid === undefined || kid === undefined);
}
