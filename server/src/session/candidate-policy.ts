import { Reason } from "@parley/contract";
import type { IcePolicy } from "../admission/ice-policy.ts";
import type { Failure } from "../switchboard/failure.ts";
import { isPrivateAddress } from "./private-address.ts";

// Without a policy, candidates only have to look like some (ice-candidate.ts), since endpoints differ in what they accept.
// A policy holds only if no endpoint reads another type or address in a candidate than this server does. Endpoints differ in
// what separates words and lines for them: one space or several, tabs, U+00A0, U+2028. So with a policy none of these may
// occur in a candidate, nor in a line of a description that mentions one.

const unclear =
  "with an ICE policy a candidate needs its seven fields, with one space between them, in ASCII";
const unclearLine = "with an ICE policy no attribute but those of candidates may contain the word candidate";
const mixedEnds = "with an ICE policy all lines of a description with candidates have the same line end";
const untyped = "the ICE policy relay_only permits no remote-candidates, which have no type";
const notRelayed = "the ICE policy relay_only permits relayed candidates only";
const isPrivate = "the ICE policy no_private permits no private addresses";

/** What of a candidate, or of all in a description, breaks the policy; undefined if nothing does. UTF-8 bytes. */
export function policyFault(
  policy: IcePolicy,
  kind: "sdp" | "candidate",
  bytes: Uint8Array,
): Failure | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  const message = kind === "candidate" ? candidateFaultBy(policy, text) : descriptionFaultBy(policy, text);
  return message === undefined ? undefined : { reason: Reason.ICE_POLICY, message };
}

const mention = /candidate/i;
const visible = /^[ -~]*$/;
/** An endpoint that ends lines only at CRLF may take a line feed for a space. */
const sameLineEnds = /^[^\r\n]*(?:(?:\r\n[^\r\n]*)*|(?:\n[^\r\n]*)*|(?:\r[^\r\n]*)*)$/;

function descriptionFaultBy(policy: IcePolicy, text: string): string | undefined {
  if (!mention.test(text)) return undefined;
  if (!sameLineEnds.test(text)) return mixedEnds;
  for (const line of text.split(/[\r\n]+/)) {
    const fault = mention.test(line) ? lineFaultBy(policy, line) : undefined;
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** A line that is no attribute, such as the name of the session, where no endpoint looks for candidates. */
const otherLine = /^[b-z]=(?!.*candidate *:)/i;

/** Of a line that mentions candidates (RFC 8839 section 5, RFC 8840 section 8.2). */
function lineFaultBy(policy: IcePolicy, line: string): string | undefined {
  if (line === "a=end-of-candidates") return undefined;
  if (line.startsWith("a=candidate:")) return candidateFaultBy(policy, line);
  if (line.startsWith("a=remote-candidates:")) return remoteFaultBy(policy, line);
  return visible.test(line) && otherLine.test(line) ? undefined : unclearLine;
}

/** Up to `typ`: the component, the transport, the priority, the address and the port. */
const fields =
  /^(?:\S* |(?:a=)?(?:candidate:)?)\d{1,3} [a-z][a-z0-9-]* \d{1,10} (\S+) \d{1,5} typ (\S+)(.*)$/i;
/** Some endpoints take the first type that they find, others the last. */
const types = /(?:^| )typ(?= |$)/gi;

/**
 * Without the address, which is personal data. The foundation may be missing, as in `candidateFault`: an endpoint that takes
 * the component for it finds no port.
 */
function candidateFaultBy({ relayOnly, noPrivate }: IcePolicy, candidate: string): string | undefined {
  const line = candidate.replace(/\r?\n$/, "");
  // Empty is the end of candidates.
  if (line === "") return undefined;
  const [, address, type, rest] = (visible.test(line) && fields.exec(line)) || [];
  if (address === undefined || type === undefined || rest === undefined) return unclear;
  // And others look for "candidate:" anywhere.
  if (line.match(types)?.length !== 1 || mention.test(rest)) return unclear;
  if (relayOnly && type.toLowerCase() !== "relay") return notRelayed;
  return noPrivate && isPrivateAddress(address) ? isPrivate : undefined;
}

/** Component, address and port, once or several times (RFC 8839 section 5.2). */
const remoteCandidates = /^a=remote-candidates:\d{1,3} \S+ \d{1,5}(?: \d{1,3} \S+ \d{1,5})*$/;

function remoteFaultBy({ relayOnly, noPrivate }: IcePolicy, line: string): string | undefined {
  if (relayOnly) return untyped;
  if (!visible.test(line) || !remoteCandidates.test(line)) return unclear;
  const addresses = line.split(" ").filter((_, index) => index % 3 === 1);
  return noPrivate && addresses.some(isPrivateAddress) ? isPrivate : undefined;
}
