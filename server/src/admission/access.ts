import type { PeerId } from "../switchboard/names.ts";
import type { IcePolicy } from "./ice-policy.ts";

/** What a token can permit. */
export const grantNames = ["join", "send", "receive", "update", "turn", "admit", "admin", "hidden"] as const;
export type Grant = (typeof grantNames)[number];

/** What is wrong with these grants together, or undefined: a peer could not answer signals of one that it does not see. */
export function conflictIn(grants: ReadonlySet<Grant>): string | undefined {
  return grants.has("hidden") && grants.has("send") ? "a hidden peer must not be granted send" : undefined;
}

/** What happens to a join if the same subject is in the room already. */
export type Duplicates = "reject" | "replace" | "many";

/** What a valid access token says: who its holder is, where it may go, and what it may do there. */
export interface Access {
  /** Who the holder is, as the issuer names it: `sub`. */
  readonly subject: string;
  /** What stands for the subject in engines and session tokens: 43 characters. */
  readonly owner: string;
  /** Names the token itself: `jti`; undefined if the issuer gave it no name. */
  readonly tokenId: string | undefined;
  /** When it was issued, in milliseconds since the epoch; 0 if it does not say. */
  readonly issuedAt: number;
  /** When it expires, in milliseconds since the epoch. */
  readonly expiresAt: number;
  /** The rooms that may be joined: exact names, or beginnings of names that end with `*`. */
  readonly rooms: readonly string[];
  /** The name of the peer in any of these rooms. */
  readonly peerId: PeerId;
  readonly grants: ReadonlySet<Grant>;
  /** What the issuer says about the peer to the others: `Peer.trusted`. */
  readonly trusted: Readonly<Record<string, string>>;
  /** How many peers a room may have for this one to join; undefined leaves it to the setting. */
  readonly roomPeers: number | undefined;
  /** Undefined leaves it to the setting. */
  readonly duplicates: Duplicates | undefined;
  /** What its ICE candidates must be; undefined if there is no policy. */
  readonly icePolicy: IcePolicy | undefined;
}

/** Whether one of the rules names the room. */
export function coversRoom(rules: readonly string[], room: string): boolean {
  return rules.some((rule) => (rule.endsWith("*") ? room.startsWith(rule.slice(0, -1)) : rule === room));
}
