/**
 * The eight groups of an IPv6 address in any of its spellings (RFC 4291 section 2.2), also with IPv4 at its end.
 *
 * @param address one for which `isIPv6` holds, without a zone
 */
export function ipv6Groups(address: string): number[] {
  const [head = "", tail] = address.split("::");
  const left = groupsIn(head);
  const right = groupsIn(tail ?? "");
  const missing = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  return [...left, ...Array.from({ length: missing }, () => 0), ...right];
}

function groupsIn(text: string): number[] {
  if (text === "") return [];
  return text.split(":").flatMap((group) => {
    if (!group.includes(".")) return Number.parseInt(group, 16);
    const [a = 0, b = 0, c = 0, d = 0] = group.split(".").map(Number);
    return [a * 256 + b, c * 256 + d];
  });
}

/** The IPv4 address that two groups hold. */
export function ipv4In(high: number, low: number): string {
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}

/** The IPv4 address that these groups write in IPv6, `::ffff:0:0/96` (RFC 4291 section 2.5.5.2); undefined if they do not. */
export function mappedIpv4(groups: readonly number[]): string | undefined {
  const [, , , , , sixth, high = 0, low = 0] = groups;
  const isMapped = sixth === 0xffff && groups.slice(0, 5).every((group) => group === 0);
  return isMapped ? ipv4In(high, low) : undefined;
}
