import { hash, randomBytes } from "node:crypto";
import type { PeerId } from "../switchboard/names.ts";
import type { JoinRequest } from "../switchboard/switchboard.ts";
import type { Access } from "./access.ts";

/** A join under the name that the token gives its holder, unless the join names another one. */
export function joinAs(access: Access, request: JoinRequest): JoinRequest & { readonly peerId: PeerId } {
  const { owner, trusted, roomPeers, duplicates } = access;
  const peerId = request.peerId ?? nameOf(access, request.nonce);
  const identity = { owner, trusted, roomPeers, duplicates: duplicates === "many" ? undefined : duplicates };
  return { ...request, peerId, identity };
}

/** With many peers of one subject, each has a name of its own, which a repeated join gets again. */
function nameOf({ peerId, duplicates }: Access, nonce: Uint8Array): PeerId {
  if (duplicates !== "many") return peerId;
  const unique = nonce.byteLength === 0 ? randomBytes(16) : nonce;
  return `${peerId}~${hash("sha256", unique, "base64url").slice(0, suffixLength)}` as PeerId;
}

/**
 * Whether a token permits this name. A holder with many peers may also choose a name of the generated form, to rejoin
 * under the one it had. Any other suffix could be part of the name of another subject.
 */
export function mayBeNamed({ peerId, duplicates }: Access, name: string): boolean {
  if (name === peerId) return true;
  return duplicates === "many" && name.startsWith(`${peerId}~`) && suffix.test(name.slice(peerId.length + 1));
}

/** Of base64url. It hides the nonce, and two peers of one subject do not get the same. */
export const suffixLength = 11;
const suffix = new RegExp(`^[A-Za-z0-9_-]{${suffixLength}}$`);
