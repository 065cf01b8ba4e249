/** What the ICE candidates of a peer must be. */
export interface IcePolicy {
  /** Relayed ones only. */
  readonly relayOnly: boolean;
  /** Without private addresses. */
  readonly noPrivate: boolean;
}

/** What access tokens call the policies. */
export const icePolicyNames = ["relay_only", "no_private"] as const;
export type IcePolicyName = (typeof icePolicyNames)[number];

/** The policy of these names; undefined if there is none. */
export function icePolicyOf(names: readonly IcePolicyName[]): IcePolicy | undefined {
  if (names.length === 0) return undefined;
  return { relayOnly: names.includes("relay_only"), noPrivate: names.includes("no_private") };
}

/** What both require. */
export function bothPolicies(
  one: IcePolicy | undefined,
  other: IcePolicy | undefined,
): IcePolicy | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return {
    relayOnly: one.relayOnly || other.relayOnly,
    noPrivate: one.noPrivate || other.noPrivate,
  };
}
