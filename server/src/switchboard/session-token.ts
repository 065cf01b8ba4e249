import { createHmac, hash, randomBytes } from "node:crypto";
import { Reason } from "@parley/contract";
import type { Failure } from "./failure.ts";
import { nameOf } from "./hidden.ts";
import { isRoomOrLobbyName } from "./lobby.ts";
import { isPeerId, type PeerId, type RoomName } from "./names.ts";
import type { TokenKeys } from "./token-keys.ts";

/**
 * What a session token says. It carries its own address, so that any node can find the session without an
 * index over all rooms. The address is no secret; `secret` is, and the engine keeps only its hash.
 */
export interface SessionToken {
  readonly room: RoomName;
  readonly peerId: PeerId;
  readonly sessionId: string;
  readonly secret: string;
  /** As in `JoinRequest`; empty for none. */
  readonly terms: string;
}

const idBytes = 12;
const secretBytes = 24;
const idPattern = /^[A-Za-z0-9_-]{16}$/;
const secretPattern = /^[A-Za-z0-9_-]{32}$/;
const termsPattern = /^[a-z]{0,8}$/;
const markPattern = /^[A-Za-z0-9_-]{22}$/;

export function newSessionId(): string {
  return randomBytes(idBytes).toString("base64url");
}

export function newSecret(): string {
  return randomBytes(secretBytes).toString("base64url");
}

/**
 * The secret of a session. It follows from the nonce of its join, if there is one, so that every node that serves a
 * repeated join gives out the same token. Nobody can derive it who could not repeat the join itself.
 */
export function sessionSecret(sessionId: string, nonce: Uint8Array): string {
  if (nonce.byteLength === 0) return newSecret();
  const derived = createHmac("sha256", nonce).update(sessionId).digest();
  return derived.subarray(0, secretBytes).toString("base64url");
}

/** A name for a peer that did not choose one. */
export function newPeerId(): PeerId {
  return `peer-${randomBytes(6).toString("hex")}` as PeerId;
}

/** What the engine keeps of a secret. Random and long, it needs no salt and no slow hash. */
export function hashSecret(secret: string): string {
  return hash("sha256", secret, "base64url");
}

/**
 * What the engine keeps of a join's nonce, which opens the session as its token does; empty if the join has none. The
 * same nonce of another owner is another nonce.
 */
export function hashNonce(nonce: Uint8Array, owner = ""): string {
  if (nonce.byteLength === 0) return "";
  return hash("sha256", owner === "" ? nonce : Buffer.concat([Buffer.from(`${owner}/`), nonce]), "base64url");
}

export function formatToken(
  { room, peerId, sessionId, secret, terms }: SessionToken,
  keys: TokenKeys,
  owner = "",
): string {
  return keys.sign(`${addressOf(room, peerId)}.${sessionId}.${secret}.${terms}`, owner);
}

/**
 * What is wrong with a token, by its mark alone: no look at any storage. One that another service issued, or this
 * one before it lost its keys, names a session that is gone: its client joins again.
 */
export function tokenFailure(token: string, keys: TokenKeys, owner = ""): Failure | undefined {
  if (keys.issued(token, owner)) return undefined;
  return parseToken(token) === undefined ? notAToken : noSession;
}

export const notAToken: Failure = {
  reason: Reason.SESSION_TOKEN_INVALID,
  message: "this is not a session token of this service",
};
export const noSession: Failure = {
  reason: Reason.SESSION_NOT_FOUND,
  message: "no session has this token",
};

/**
 * The parts of a token as they stand, looked at no further: for an engine that holds the session, and knows what
 * they have to be.
 */
export function splitToken(token: string): {
  readonly address: string;
  readonly sessionId: string;
  readonly secret: string;
} {
  const first = token.indexOf(".");
  const second = token.indexOf(".", first + 1);
  return {
    address: token.slice(0, first),
    sessionId: token.slice(first + 1, second),
    secret: token.slice(second + 1, token.indexOf(".", second + 1)),
  };
}

/** The session and the room of a token that this service has issued: whether it has is not checked. */
export function placeOf(token: string): Pick<SessionToken, "sessionId" | "room"> {
  const { address, sessionId } = splitToken(token);
  const text = Buffer.from(address, "base64url").toString("latin1");
  return { sessionId, room: text.slice(0, text.indexOf("/")) as RoomName };
}

/** The terms in a token, which are the service's only if its mark is. */
export function termsIn(token: string): string {
  const end = token.lastIndexOf(".");
  return token.slice(token.lastIndexOf(".", end - 1) + 1, end);
}

/** The first part of the tokens of a session: whose it is, and where. */
export function addressOf(room: RoomName, peerId: PeerId): string {
  return Buffer.from(`${room}/${peerId}`, "latin1").toString("base64url");
}

/** The parts of a token, or undefined if it does not have the form that `formatToken` makes. Who made it is not checked. */
export function parseToken(token: string): SessionToken | undefined {
  // 128 + 6 + 1 + 64 characters of address in base64 are 266, and the rest is 82; more is no token of ours.
  if (token.length > 348) return undefined;
  const [address, sessionId, secret, terms, mark, rest] = token.split(".");
  if (address === undefined || sessionId === undefined || secret === undefined) return undefined;
  if (terms === undefined || mark === undefined || rest !== undefined) return undefined;
  if (!termsPattern.test(terms)) return undefined;
  if (!idPattern.test(sessionId) || !secretPattern.test(secret) || !markPattern.test(mark)) return undefined;
  const [room, name] = Buffer.from(address, "base64url").toString("latin1").split("/");
  if (room === undefined || name === undefined || !isRoomOrLobbyName(room)) return undefined;
  const peerId = name as PeerId;
  if (!isPeerId(nameOf(peerId))) return undefined;
  // Only one spelling is valid: base64 has others that mean the same.
  if (addressOf(room, peerId) !== address) return undefined;
  return { room, peerId, sessionId, secret, terms };
}
