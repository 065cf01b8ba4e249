import type { Access } from "./access.ts";
import type { TokenIdentity } from "./revocations.ts";

/** What a client may do in its session, as far as every signal may need it. */
export interface Grants {
  /** Whom the session belongs to; empty if it belongs to whichever client holds its token. */
  readonly owner: string;
  /** Whether it may send signals to other peers. */
  readonly send: boolean;
  /** Whether it may replace its metadata. */
  readonly update: boolean;
  /** Whether it gets TURN servers. */
  readonly turn: boolean;
  /** Whether it may administrate. */
  readonly admin: boolean;
  /** Which token they are of; absent without tokens. */
  readonly token?: TokenIdentity;
  /** Until when, in milliseconds since the epoch; absent if it does not end. */
  readonly expiresAt?: number;
}

/** What every client may do without tokens. */
export const openGrants: Grants = { owner: "", send: true, update: true, turn: true, admin: true };

/** What a token permits, until then. */
export function grantsOf(access: Access, leewayMs: number): Grants {
  const { owner, tokenId, issuedAt, grants, expiresAt } = access;
  const permits = { send: grants.has("send"), update: grants.has("update"), turn: grants.has("turn") };
  const token = { owner, tokenId, issuedAt };
  return { owner, ...permits, admin: grants.has("admin"), token, expiresAt: expiresAt + leewayMs };
}
