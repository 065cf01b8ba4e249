import { BlockList, isIP } from "node:net";
import { Reason } from "@parley/contract";
import type { IcePolicy } from "../admission/ice-policy.ts";
import type { Failure } from "../switchboard/switchboard.ts";

/** Addresses that are of use in one network only, by the registries of IANA for special purposes (RFC 6890). */
const privateAddresses = new BlockList();
for (const [network, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
] as const) {
  privateAddresses.addSubnet(network, prefix, "ipv4");
}
for (const [network, prefix] of [
  ["::", 127],
  ["fc00::", 7],
  ["fe80::", 10],
  ["fec0::", 10],
] as const) {
  privateAddresses.addSubnet(network, prefix, "ipv6");
}

/** How a candidate begins in a session description. */
const candidateLine = /^a=candidate:/i;

/** What of a candidate, or of all in a description, breaks the policy; undefined if nothing does. UTF-8 bytes. */
export function policyFault(
  policy: IcePolicy,
  kind: "sdp" | "candidate",
  bytes: Uint8Array,
): Failure | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  const candidates =
    kind === "candidate" ? [text] : text.split(/[\r\n]+/).filter((line) => candidateLine.test(line));
  for (const candidate of candidates) {
    const message = candidateFaultBy(policy, candidate);
    if (message !== undefined) return { reason: Reason.ICE_POLICY, message };
  }
  return undefined;
}

/** Without the address, which is personal data. */
function candidateFaultBy({ relayOnly, noPrivate }: IcePolicy, candidate: string): string | undefined {
  const words = candidate.split(/\s+/).filter((word) => word !== "");
  // Empty is the end of candidates.
  if (words.length === 0) return undefined;
  const typ = typAt(words);
  const address = words[typ - 2];
  const type = words[typ + 1];
  if (address === undefined || type === undefined)
    return "the ICE policy needs the address and the type of a candidate";
  if (relayOnly && type.toLowerCase() !== "relay")
    return "the ICE policy relay_only permits relayed candidates only";
  if (noPrivate && isPrivate(address)) return "the ICE policy no_private permits no private addresses";
  return undefined;
}

/**
 * Where `typ` is: the seventh word or, without a foundation, the sixth. At any other place an endpoint might read another
 * address than this. -1 if it is at none of them.
 */
function typAt(words: readonly string[]): number {
  return [6, 5].find((at) => words[at]?.toLowerCase() === "typ") ?? -1;
}

/** A name with a top-level domain that no resolver takes for an address, such as `0x7f.1`; and not this machine. */
const hostName = /^(?!.*\blocalhost\.?$).+\.[a-z][a-z0-9-]*\.?$/i;

/** Names are not looked up: those of mDNS hide an address, and others are public. */
function isPrivate(address: string): boolean {
  const [bare = ""] = address.replaceAll(/^\[|\]$/g, "").split("%");
  const version = isIP(bare);
  return version === 0 ? !hostName.test(bare) : privateAddresses.check(bare, version === 4 ? "ipv4" : "ipv6");
}
