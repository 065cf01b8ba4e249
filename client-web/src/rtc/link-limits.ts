/** How many links of others a room takes; the rest is answered with `bye`. */
export interface LinkLimits {
  /** With one peer. @default 8 */
  readonly linksPerPeer?: number | undefined;
  /** In the room. @default 64 */
  readonly links?: number | undefined;
}

export const defaultLinkLimits = { linksPerPeer: 8, links: 64 } as const;
