/** The two wire types that the contract's hot messages use. */
export const WireType = { varint: 0, bytes: 2 } as const;

/** What stands before the value of a field. */
export function tagOf(field: number, wireType: number): number {
  return ((field << 3) | wireType) >>> 0;
}
