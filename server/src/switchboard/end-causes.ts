import { Reason } from "@parley/contract";
import type { EndCause } from "./directory.ts";
import type { Failure } from "./failure.ts";

/** What the client of a session learns that the service ends. */
export const endCauses: Readonly<Record<EndCause, Failure>> = {
  expired: { reason: Reason.SESSION_EXPIRED, message: "the access token of this session has expired" },
  revoked: { reason: Reason.ACCESS_TOKEN_REVOKED, message: "the access token of this session was revoked" },
  removed: { reason: Reason.PEER_REMOVED, message: "an administrator ended this session" },
};
