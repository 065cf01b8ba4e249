import { isIPv6 } from "node:net";

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

/** Only these spellings of an address may mean an IPv4 address. */
const maybeMapped = /^[0:]*:ffff:/i;

/** An IPv4 address that is written in IPv6, `::ffff:0:0/96` (RFC 4291 section 2.5.5.2), as IPv4; any other text as it is. */
export function unmapped(address: string): string {
  if (!maybeMapped.test(address)) return address;
  const [plain = ""] = address.split("%");
  if (!isIPv6(plain)) return address;
  const groups = ipv6Groups(plain);
  const [high = 0, low = 0] = groups.slice(6);
  return groups.slice(0, 6).every((group, index) => group === (index === 5 ? 0xffff : 0))
    ? ipv4In(high, low)
    : address;
}
