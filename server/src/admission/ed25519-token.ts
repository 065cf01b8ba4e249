import { type KeyObject, verify } from "node:crypto";
import { errors, type JWTPayload, type JWTVerifyOptions, UnsecuredJWT } from "jose";

/** The header of a token without a signature. */
const unsecured = Buffer.from(JSON.stringify({ alg: "none" })).toString("base64url");

/**
 * Verifies a token in compact form that is signed with Ed25519, and returns its claims. Its header must have been checked.
 * Throws the errors of jose.
 *
 * jose verifies through WebCrypto, which hands each signature to a thread and takes it back; that costs CPU time. Here only the
 * signature is checked directly: the claims go to jose, in a token of the form that it reads without a key.
 * See docs/decisions/ed25519-verification.md.
 */
export function verifyEd25519(token: string, key: KeyObject, options: JWTVerifyOptions): JWTPayload {
  const end = token.lastIndexOf(".");
  const signature = Buffer.from(token.slice(end + 1), "base64url");
  if (!verify(null, Buffer.from(token.slice(0, end), "latin1"), key, signature)) {
    throw new errors.JWSSignatureVerificationFailed();
  }
  return UnsecuredJWT.decode(`${unsecured}${token.slice(token.indexOf("."), end)}.`, options).payload;
}
