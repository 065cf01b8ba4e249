import type { Grant } from "./access.ts";
import type { Grants } from "./grants.ts";
import { bothPolicies, type IcePolicy } from "./ice-policy.ts";

/** What a backend decides about a session beside that it may begin. */
export interface Terms {
  /** Instead of the grants of its access token; undefined leaves them. */
  readonly grants: ReadonlySet<Grant> | undefined;
  /** Added to the policy of its access token. */
  readonly icePolicy: IcePolicy | undefined;
}

/** The grants that count once a session is open, each with its letter. */
const grantLetters = { send: "s", update: "u", turn: "t", admit: "a", hidden: "h" } as const;
/** The grants are those of the letters. */
const amended = "g";
const relayOnly = "r";
const noPrivate = "p";

/** Terms as letters, which the session token carries; empty if they change nothing. */
export function encodeTerms({ grants, icePolicy }: Terms): string {
  const granted = Object.entries(grantLetters)
    .filter(([grant]) => grants?.has(grant as Grant))
    .map(([, letter]) => letter);
  return [
    ...(grants === undefined ? [] : [amended, ...granted]),
    ...(icePolicy?.relayOnly ? [relayOnly] : []),
    ...(icePolicy?.noPrivate ? [noPrivate] : []),
  ].join("");
}

/** Whether these terms have grants, so that those of access tokens do not count. */
export function amendGrants(terms: string): boolean {
  return terms.includes(amended);
}

/** What a client may do by its access token and these terms. */
export function underTerms(grants: Grants, terms: string): Grants {
  if (terms === "") return grants;
  const has = (letter: string) => terms.includes(letter);
  const { send, update, turn, admit, hidden } = grantLetters;
  const own = amendGrants(terms)
    ? { send: has(send), update: has(update), turn: has(turn), admit: has(admit), hidden: has(hidden) }
    : {};
  const added =
    has(relayOnly) || has(noPrivate) ? { relayOnly: has(relayOnly), noPrivate: has(noPrivate) } : undefined;
  const icePolicy = bothPolicies(grants.icePolicy, added);
  return { ...grants, ...own, ...(icePolicy === undefined ? {} : { icePolicy }) };
}
