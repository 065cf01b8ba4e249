import { isIPv6 } from "node:net";
import { ipv6Groups, unmapped } from "./ipv6-groups.ts";

/** Whose limits count for an address: the address itself, of IPv6 the first 64 bits, which one customer has. */
export type AddressKey = string;

/** The key of an address as Node writes it. Text that is no address is its own key. */
export function addressKey(address: string): AddressKey {
  const [plain = ""] = unmapped(address).split("%");
  return isIPv6(plain) ? `${networkOf(plain)}::/64` : plain;
}

function networkOf(address: string): string {
  const groups = ipv6Groups(address).slice(0, 4);
  return groups.map((group) => group.toString(16)).join(":");
}

/** Whether an address is one of this machine's own, in any spelling. */
export function isLoopbackAddress(address: string): boolean {
  const [plain = ""] = unmapped(address).split("%");
  if (!isIPv6(plain)) return plain.startsWith("127.");
  return ipv6Groups(plain).every((group, index) => group === (index === 7 ? 1 : 0));
}
