import type { SignalBody } from "../session/signals.ts";

/** As browsers write addresses: loopback, private, shared and link-local ones, and those of CLAT and benchmarks (RFC 6890). */
const privateAddress =
  /^(0|10|127|169\.254|192\.(168|0\.0)|198\.1[89]|172\.(1[6-9]|2\d|3[01])|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\.|^(::1?$|f[cd]|fe[89a-f])/i;

/**
 * A signal without candidates that have a private address, which the service would reject under `no_private`: also those that
 * a description has gathered. Undefined if nothing is left of it.
 */
export function withPublicCandidates(body: SignalBody): SignalBody | undefined {
  if (body.kind === "ice-candidate") return isPrivate(body.candidate.candidate ?? "") ? undefined : body;
  if (body.kind !== "offer" && body.kind !== "answer") return body;
  const sdp = body.sdp.replace(/^a=(candidate:.*)\r?\n/gm, (line, candidate: string) =>
    isPrivate(candidate) ? "" : line,
  );
  return { ...body, sdp };
}

/** A candidate-attribute has its address in the fifth place (RFC 8839 section 5.1). */
function isPrivate(candidate: string): boolean {
  return privateAddress.test(candidate.split(" ")[4] ?? "");
}
