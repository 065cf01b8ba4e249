import { isIPv4, isIPv6 } from "node:net";

/** Whose limits count for an address: the address itself, of IPv6 the first 64 bits, which one customer has. */
export type AddressKey = string;

/** The key of an address as Node writes it. Text that is no address is its own key. */
export function addressKey(address: string): AddressKey {
  const [plain = ""] = address.split("%");
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(plain)?.[1];
  if (mapped !== undefined) return mapped;
  if (isIPv4(plain) || !isIPv6(plain)) return plain;
  return `${groupsOf(plain).slice(0, 4).join(":")}::/64`;
}

/** Whether an address is one of this machine's own. */
export function isLoopbackAddress(address: string): boolean {
  const key = addressKey(address);
  return key.startsWith("127.") || /^::1(%|$)/.test(address) || isWrittenOut(address);
}

/** `::1` in its longer spellings. */
function isWrittenOut(address: string): boolean {
  return isIPv6(address) && groupsOf(address).join(":") === "0:0:0:0:0:0:0:1";
}

/** The eight groups of an IPv6 address, without leading zeros. */
function groupsOf(address: string): string[] {
  const [head = "", tail] = address.toLowerCase().split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const missing = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const all = [...left, ...Array.from({ length: missing }, () => "0"), ...right];
  return all.map((group) => group.replace(/^0+(?=.)/, ""));
}
