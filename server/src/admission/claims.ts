import { hash } from "node:crypto";
import { isPeerId, type PeerId } from "../switchboard/names.ts";
import { type Access, conflictIn, type Duplicates, type Grant, grantNames } from "./access.ts";
import { icePolicyNames, icePolicyOf } from "./ice-policy.ts";
import { suffixLength } from "./join-as.ts";

/** The claims are signed, but they are not what this service understands. */
export class ClaimError extends Error {
  override readonly name = "ClaimError";
}

/** The claims of a JWT (RFC 7519) whose signature and times are known to be good. */
export interface VerifiedClaims {
  readonly sub?: unknown;
  readonly jti?: unknown;
  readonly exp?: unknown;
  readonly iat?: unknown;
  /** The claim of this service: an object. */
  readonly parley?: unknown;
}

/** As many bytes may a subject or the name of a token have. */
const idBytes = 256;
const maxRooms = 64;
/** A name that leaves room for what makes it unique. */
const longestBase = 64 - 1 - suffixLength;
const maxTrusted = 16;
/** What a token permits that does not say. */
const usualGrants: readonly Grant[] = ["join", "send", "receive", "update"];
const roomRule = /^[A-Za-z0-9._~:@+-]{0,128}\*?$/;

/** What the claims say. Throws a ClaimError that names the claim at fault. */
export function readClaims(claims: VerifiedClaims): Access {
  const subject = idOf(claims.sub, "sub");
  const own = objectOf(claims.parley ?? {}, "parley");
  const duplicates = oneOf<Duplicates>(own["duplicates"], ["reject", "replace", "many"], "parley.duplicates");
  const peerId = own["peer_id"] === undefined ? peerIdOf(subject) : peerIdClaim(own["peer_id"]);
  if (duplicates === "many" && peerId.length > longestBase) {
    throw new ClaimError(`with parley.duplicates many, a peer_id has at most ${longestBase} characters`);
  }
  return {
    subject,
    owner: hash("sha256", subject, "base64url"),
    tokenId: claims.jti === undefined ? undefined : idOf(claims.jti, "jti"),
    issuedAt: claims.iat === undefined ? 0 : numberOf(claims.iat, "iat") * 1000,
    expiresAt: numberOf(claims.exp, "exp") * 1000,
    rooms: roomsOf(own["rooms"]),
    peerId,
    grants: grantsOf(own["grants"]),
    trusted: trustedOf(own["trusted"]),
    roomPeers: own["room_peers"] === undefined ? undefined : countOf(own["room_peers"], "parley.room_peers"),
    duplicates,
    icePolicy: policyOf(own["ice_policy"]),
  };
}

/** The name of a peer whose token gives it none: its subject, or what stands for it if that is no `peer_id`. */
function peerIdOf(subject: string): PeerId {
  if (isPeerId(subject)) return subject;
  return `sub-${hash("sha256", subject, "base64url").slice(0, 22)}` as PeerId;
}

function idOf(value: unknown, claim: string): string {
  if (typeof value === "string" && value !== "" && Buffer.byteLength(value) <= idBytes) return value;
  throw new ClaimError(`${claim} must be a text of 1 to ${idBytes} bytes`);
}

function numberOf(value: unknown, claim: string): number {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new ClaimError(`${claim} must be a number`);
}

function countOf(value: unknown, claim: string): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= 1) return value;
  throw new ClaimError(`${claim} must be a whole number from 1`);
}

function objectOf(value: unknown, claim: string): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw new ClaimError(`${claim} must be an object`);
}

function textsOf(value: unknown, claim: string, most: number): string[] {
  if (Array.isArray(value) && value.length <= most && value.every((item) => typeof item === "string")) {
    return value;
  }
  throw new ClaimError(`${claim} must be a list of at most ${most} texts`);
}

function roomsOf(value: unknown): readonly string[] {
  const claim = "parley.rooms";
  if (value === undefined) return [];
  const rules = textsOf(value, claim, maxRooms);
  if (rules.every((rule) => rule !== "" && roomRule.test(rule))) return rules;
  throw new ClaimError(`${claim} must be room names, or prefixes followed by *`);
}

function peerIdClaim(value: unknown): PeerId {
  if (typeof value === "string" && isPeerId(value)) return value;
  throw new ClaimError("parley.peer_id must be 1 to 64 characters of A-Z a-z 0-9 . _ ~ : @ + -");
}

/** One of a later version is refused: its token must not be taken for less than it says. */
function policyOf(value: unknown) {
  const claim = "parley.ice_policy";
  if (value === undefined) return undefined;
  const named = textsOf(value, claim, icePolicyNames.length);
  const known = icePolicyNames.filter((name) => named.includes(name));
  if (named.every((name) => known.some((one) => one === name))) return icePolicyOf(known);
  throw new ClaimError(`${claim} must be a list of ${icePolicyNames.join(" and ")}`);
}

function grantsOf(value: unknown): ReadonlySet<Grant> {
  if (value === undefined) return new Set(usualGrants);
  const named = textsOf(value, "parley.grants", 64);
  // A grant of a later version permits nothing here.
  const known = new Set(grantNames.filter((grant) => named.includes(grant)));
  const conflict = conflictIn(known);
  if (conflict !== undefined) throw new ClaimError(`parley.grants: ${conflict}`);
  return known;
}

function trustedOf(value: unknown): Readonly<Record<string, string>> {
  const claim = "parley.trusted";
  if (value === undefined) return {};
  const entries = Object.entries(objectOf(value, claim));
  if (entries.length <= maxTrusted && entries.every(([, text]) => typeof text === "string")) {
    return Object.fromEntries(entries) as Record<string, string>;
  }
  throw new ClaimError(`${claim} must be an object of at most ${maxTrusted} texts`);
}

function oneOf<Choice extends string>(
  value: unknown,
  choices: readonly Choice[],
  claim: string,
): Choice | undefined {
  if (value === undefined) return undefined;
  const found = choices.find((choice) => choice === value);
  if (found !== undefined) return found;
  throw new ClaimError(`${claim} must be one of ${choices.join(", ")}`);
}
