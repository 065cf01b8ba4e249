import { createPrivateKey, KeyObject } from "node:crypto";
import { SignJWT } from "jose";
import type { Duplicates, Grant } from "./admission/access.ts";
import { readClaims } from "./admission/claims.ts";
import type { IcePolicyName } from "./admission/ice-policy.ts";
import { algorithmOf, keyOfSecret } from "./admission/verification-key.ts";

export type { Duplicates, Grant, IcePolicyName };

/** What signs a token: exactly one of the two. */
export type SigningKey =
  /** A private key: PEM, or a key object. Ed25519, P-256 or RSA of at least 2,048 bits. */
  | { readonly privateKey: string | KeyObject; readonly secret?: never }
  /** A secret of at least 32 bytes that the service knows too: its `--token-secret`. */
  | { readonly secret: string; readonly privateKey?: never };

/** What an access token says. docs/access.md describes the claims. */
export type AccessTokenOptions = SigningKey & {
  /** The service's `--token-issuer`. */
  readonly issuer: string;
  /** The service's `--token-audience`. */
  readonly audience: string;
  /** Who the holder is. At most 256 bytes. */
  readonly subject: string;
  /** The rooms that it may join: exact names, or beginnings of names that end with `*`. */
  readonly rooms: readonly string[];
  /** How long the token is valid, in seconds. @default 3600 */
  readonly seconds?: number;
  /** The name of the peer. @default follows from `subject` */
  readonly peerId?: string;
  /** @default join, send, receive, update */
  readonly grants?: readonly Grant[];
  /** What the other peers see as `Peer.trusted`. At most 16 texts. @default nothing */
  readonly trusted?: Readonly<Record<string, string>>;
  /** How many peers the room may have for this one to join. @default as many as the service allows */
  readonly roomPeers?: number;
  /** What happens if the same subject is connected already. @default the setting of the service */
  readonly duplicates?: Duplicates;
  /** What the ICE candidates of the peer must be: relayed ones only, or without private addresses. @default anything */
  readonly icePolicy?: readonly IcePolicyName[];
  /** Names the token, so that it alone can be revoked. @default a random name */
  readonly id?: string;
  /** Names the key, as the service knows it. @default none */
  readonly kid?: string;
};

/**
 * Signs an access token.
 *
 * Throws a TypeError for a key that the service would not accept, and an Error that names the claim for anything else that
 * it would refuse.
 */
export async function createAccessToken(options: AccessTokenOptions): Promise<string> {
  const { issuer, audience, subject, seconds = 3600, kid, id = crypto.randomUUID() } = options;
  const { key, alg } = signingKeyOf(options);
  const iat = Math.floor(Date.now() / 1000);
  const claims = {
    iss: issuer,
    aud: audience,
    sub: subject,
    jti: id,
    iat,
    exp: iat + seconds,
    parley: ownClaims(options),
  };
  // What the service would refuse is better refused here.
  readClaims(claims);
  const header = kid === undefined ? { alg } : { alg, kid };
  return new SignJWT(claims).setProtectedHeader({ ...header, typ: "JWT" }).sign(key);
}

function ownClaims(options: AccessTokenOptions): Record<string, unknown> {
  const { rooms, peerId, grants, trusted, roomPeers, duplicates, icePolicy } = options;
  const claims = {
    ...{ rooms, peer_id: peerId, grants, trusted, room_peers: roomPeers, duplicates },
    ice_policy: icePolicy,
  };
  return Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
}

function signingKeyOf({ privateKey, secret }: SigningKey): { key: KeyObject; alg: string } {
  if (secret !== undefined) return { key: keyOfSecret(secret).key, alg: "HS256" };
  const key = privateKey instanceof KeyObject ? privateKey : createPrivateKey(privateKey);
  return { key, alg: algorithmOf(key) };
}
