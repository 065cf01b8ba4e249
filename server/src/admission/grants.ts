import type { Access } from "./access.ts";

/** What a client may do in its session, as far as every signal may need it. */
export interface Grants {
  /** Whom the session belongs to; empty if it belongs to whichever client holds its token. */
  readonly owner: string;
  /** Whether it may send signals to other peers. */
  readonly send: boolean;
  /** Whether it may replace its metadata. */
  readonly update: boolean;
  /** Until when, in milliseconds since the epoch; absent if it does not end. */
  readonly expiresAt?: number;
}

/** What every client may do without tokens. */
export const openGrants: Grants = { owner: "", send: true, update: true };

/** What a token permits, until then. */
export function grantsOf({ owner, grants, expiresAt }: Access, leewayMs: number): Grants {
  return { owner, send: grants.has("send"), update: grants.has("update"), expiresAt: expiresAt + leewayMs };
}
