import { BlockList, isIP } from "node:net";
import { ipv4In, ipv6Groups } from "../net/ipv6-groups.ts";

/** Addresses that are of use in one network only, by the registries of IANA for special purposes (RFC 6890), and groups. */
const privateAddresses = new BlockList();
for (const [network, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["224.0.0.0", 3],
] as const) {
  privateAddresses.addSubnet(network, prefix, "ipv4");
}
for (const [network, prefix] of [
  ["::", 127],
  ["64:ff9b:1::", 48],
  ["fc00::", 7],
  ["fe80::", 10],
  ["fec0::", 10],
  ["ff00::", 8],
] as const) {
  privateAddresses.addSubnet(network, prefix, "ipv6");
}

/** A name of mDNS (RFC 6762): only machines of the same network can look it up. */
const mdnsName = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.local$/i;

/**
 * Whether an address is of use in one network only, or may be. Of names, only those of mDNS are not: the servers of a
 * network decide what other names mean there, and this server never looks one up.
 */
export function isPrivateAddress(address: string): boolean {
  const [bare = ""] = address.replaceAll(/^\[|\]$/g, "").split("%");
  const version = isIP(bare);
  if (version === 0) return !mdnsName.test(bare);
  if (version === 4) return privateAddresses.check(bare, "ipv4");
  return (
    privateAddresses.check(bare, "ipv6") ||
    embeddedIpv4(ipv6Groups(bare)).some((inner) => privateAddresses.check(inner, "ipv4"))
  );
}

/** The IPv4 addresses to which a packet for an IPv6 address may go in the end. */
function embeddedIpv4(groups: readonly number[]): string[] {
  const [first = 0, second = 0, third = 0, fourth = 0, fifth = 0, sixth = 0, seventh = 0, last = 0] = groups;
  const prefix = groups.slice(0, 6).map((group) => group.toString(16));
  const found: string[] = [];
  if (lastIsIpv4.has(prefix.join(":"))) found.push(ipv4In(seventh, last));
  // 6to4 (RFC 3056).
  if (first === 0x2002) found.push(ipv4In(second, third));
  // Teredo (RFC 4380 section 4): the server, and the client with its bits inverted.
  if (first === 0x2001 && second === 0)
    found.push(ipv4In(third, fourth), ipv4In(seventh ^ 0xffff, last ^ 0xffff));
  // ISATAP (RFC 5214 section 6.1).
  if ((fifth === 0 || fifth === 0x200) && sixth === 0x5efe) found.push(ipv4In(seventh, last));
  return found;
}

/** The networks of 96 bits whose last 32 bits are an IPv4 address. */
const lastIsIpv4: ReadonlySet<string> = new Set([
  // Compatible and mapped (RFC 4291 section 2.5.5), translated (RFC 2765 section 2.1).
  "0:0:0:0:0:0",
  "0:0:0:0:0:ffff",
  "0:0:0:0:ffff:0",
  // NAT64 (RFC 6052 section 2.1).
  "64:ff9b:0:0:0:0",
]);
