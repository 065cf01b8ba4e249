import type { VectorSignal } from "../vector.ts";

const notAnAddress = new Set(["0.0.0.0", "127.0.0.1", "::", "::1"]);
const ipv4 = /\b\d{1,3}(?:\.\d{1,3}){3}\b/g;
/** What stands behind `IN IP6`, and the addresses of a candidate. */
const ipv6 = /(?<=IN IP6 |raddr |candidate:\S+ \d+ \S+ \d+ )[0-9a-f:]*:[0-9a-f:.]+/gi;

/** Replaces addresses by those that are for documentation (RFC 5737, RFC 3849), each by the same one everywhere. */
export class Anonymizer {
  readonly #names = new Map<string, string>();

  signal(signal: VectorSignal): VectorSignal {
    return signal.kind === "candidate"
      ? { ...signal, candidate: this.#text(signal.candidate) }
      : { ...signal, sdp: this.#text(signal.sdp) };
  }

  #text(text: string): string {
    return text
      .replace(ipv6, (address) => this.#nameOf(address, (count) => `2001:db8::${count.toString(16)}`))
      .replace(ipv4, (address) => this.#nameOf(address, (count) => `192.0.2.${count}`));
  }

  #nameOf(address: string, make: (count: number) => string): string {
    if (notAnAddress.has(address)) return address;
    const name = this.#names.get(address) ?? make(this.#names.size + 1);
    this.#names.set(address, name);
    return name;
  }
}
