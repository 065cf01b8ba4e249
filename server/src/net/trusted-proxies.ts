import { BlockList, isIP } from "node:net";
import { unmapped } from "./ipv6-groups.ts";

/** The proxies that may say whom they speak for. */
export class TrustedProxies {
  readonly #list = new BlockList();
  readonly #any: boolean;

  /** @param addresses and networks in CIDR notation. Throws TypeError if one is neither. */
  constructor(addresses: readonly string[]) {
    this.#any = addresses.length > 0;
    for (const text of addresses) {
      const [, address = "", prefix] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
      const version = isIP(address);
      const mostBits = version === 4 ? 32 : 128;
      const bits = prefix === undefined ? mostBits : Number(prefix);
      if (version === 0 || bits > mostBits) {
        throw new TypeError(`${text} is neither an address nor a network such as 10.0.0.0/8`);
      }
      this.#list.addSubnet(address, bits, version === 4 ? "ipv4" : "ipv6");
    }
  }

  trusts(address: string): boolean {
    if (!this.#any) return false;
    const plain = unmapped(address);
    const version = isIP(plain);
    return version !== 0 && this.#list.check(plain, version === 4 ? "ipv4" : "ipv6");
  }

  /**
   * The client behind a trusted proxy: the last address of `X-Forwarded-For` that is not of a trusted proxy itself.
   * What stands before it, anyone may have written. `proxy` if the header names no address.
   */
  clientBehind(proxy: string, forwardedFor: string): string {
    let client = proxy;
    // More entries than any chain of proxies has are not looked at.
    for (const entry of forwardedFor.slice(-1024).split(",").reverse()) {
      const address = addressIn(entry.trim());
      if (address === undefined) break;
      client = address;
      if (!this.trusts(address)) break;
    }
    return client;
  }
}

/** An address, perhaps in brackets and with a port behind it. */
function addressIn(entry: string): string | undefined {
  if (isIP(entry) !== 0) return entry;
  const address = /^\[(.+)\](?::\d+)?$/.exec(entry)?.[1] ?? /^([\d.]+):\d+$/.exec(entry)?.[1];
  return address !== undefined && isIP(address) !== 0 ? address : undefined;
}
