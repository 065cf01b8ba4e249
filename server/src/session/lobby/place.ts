import { Reason } from "@parley/contract";
import type { Batch } from "../../switchboard/batch.ts";
import type { Failure } from "../../switchboard/failure.ts";
import { isLobby } from "../../switchboard/lobby.ts";
import { parseToken } from "../../switchboard/session-token.ts";

/** What a client gets that waits in the lobby and wants more than that. */
export const tooEarly: Failure = {
  reason: Reason.ACCESS_DENIED,
  message: "a client that waits in the lobby may send only heartbeats and leave",
};

/** Whether a session token names a place in a lobby, as `Waiting` has it. */
export function isPlaceToken(token: string): boolean {
  const session = parseToken(token);
  return session !== undefined && isLobby(session.room);
}

/**
 * What becomes of a batch that names a place. Its numbers are those of the client, which starts at 1 again once it has a session;
 * the engine has its own.
 */
export function placeBatch({ submissions, heartbeat = false }: Batch): Batch | Failure {
  if (submissions.some(({ kind }) => kind !== "leave")) return tooEarly;
  return { submissions: submissions.length === 0 ? [] : [{ kind: "leave", seq: 0 }], ack: 0, heartbeat };
}
