import { hash } from "node:crypto";
import { hiddenName } from "../switchboard/hidden.ts";
import type { PeerId } from "../switchboard/names.ts";
import { newPeerId } from "../switchboard/session-token.ts";
import type { JoinRequest } from "../switchboard/switchboard.ts";

/** A join as a hidden peer. */
export function hiddenJoin(request: JoinRequest): JoinRequest {
  return { ...request, peerId: hiddenName(request.peerId ?? madeName(request.nonce)) };
}

/** The engine could not hide a name that it makes itself. A repeated join gets the same one, which does not reveal its nonce. */
function madeName(nonce: Uint8Array): PeerId {
  if (nonce.byteLength === 0) return newPeerId();
  return `peer-${hash("sha256", Buffer.concat([Buffer.from("name/"), nonce])).slice(0, 12)}` as PeerId;
}
