import type { Access } from "./access.ts";
import type { IcePolicy } from "./ice-policy.ts";
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
  /** Whether it sees who waits for the room, and lets them in. */
  readonly admit: boolean;
  /** Whether the others do not see it. Holds for the whole session, and excludes `send`. */
  readonly hidden: boolean;
  /** What its ICE candidates must be; absent if there is no policy. */
  readonly icePolicy?: IcePolicy;
  /** Which token they are of; absent without tokens. */
  readonly token?: TokenIdentity;
  /** Until when, in milliseconds since the epoch; absent if it does not end. */
  readonly expiresAt?: number;
}

/** What every client may do without tokens. */
export const openGrants: Grants = {
  owner: "",
  send: true,
  update: true,
  turn: true,
  admin: true,
  admit: false,
  hidden: false,
};

/** What a token permits, until then. */
export function grantsOf(access: Access, leewayMs: number): Grants {
  const { owner, tokenId, issuedAt, grants, expiresAt, icePolicy } = access;
  return {
    owner,
    send: grants.has("send"),
    update: grants.has("update"),
    turn: grants.has("turn"),
    admin: grants.has("admin"),
    admit: grants.has("admit"),
    hidden: grants.has("hidden"),
    token: { owner, tokenId, issuedAt },
    expiresAt: expiresAt + leewayMs,
    ...(icePolicy === undefined ? {} : { icePolicy }),
  };
}
