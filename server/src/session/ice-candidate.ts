// The candidate-attribute of RFC 8839 section 5.1, with the `ufrag` and other extensions behind it:
// foundation, component, transport, priority, address, port, `typ` and type, then pairs of name and value.
// The address may be IPv4, IPv6, an mDNS name (RFC draft-ietf-mmusic-mdns-ice-candidates) or an FQDN.
const attribute =
  /^(?:a=)?candidate:([A-Za-z0-9+/]{1,32}) (\d{1,5}) ([A-Za-z0-9-]{1,16}) (\d{1,10}) ([A-Za-z0-9.:%_-]{1,255}) (\d{1,5}) typ ([a-z0-9-]{1,16})((?: [!-~]+ [!-~]+)*) ?(?:\r?\n)?$/;

/**
 * What is wrong with a candidate, or undefined. Empty is right: it is the end of candidates (RFC 8838
 * section 8.2).
 */
export function candidateFault(candidate: string): string | undefined {
  if (candidate === "") return undefined;
  if (candidate.length > 1024) return "the candidate is longer than 1024 characters";
  const parts = attribute.exec(candidate);
  if (parts === null) return "the candidate is not a candidate-attribute of RFC 8839";
  const [, , component, , priority, , port] = parts;
  if (Number(component) < 1 || Number(component) > 256)
    return "the component of the candidate is not 1 to 256";
  if (Number(priority) > 2 ** 32 - 1) return "the priority of the candidate is out of range";
  if (Number(port) > 65535) return "the port of the candidate is out of range";
  return undefined;
}
