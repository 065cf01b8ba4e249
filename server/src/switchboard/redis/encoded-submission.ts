import { reasonName } from "@parley/contract";
import { metadataSize } from "../metadata.ts";
import type { EndCause, Submission } from "../switchboard.ts";
import { encodeMetadata } from "./member-info.ts";
import type { Argument } from "./redis-connection.ts";

/** A submission as the script `submit` takes it. */
export interface EncodedSubmission {
  readonly numbered: boolean;
  /** Whether it needs memory of Redis. */
  readonly stores: boolean;
  readonly bytes: number;
  readonly args: readonly [head: Buffer, to: string, payload: Argument];
}

/** What shows the node of a session's stream that its client is there. It takes no number. */
export const encodedHeartbeat: EncodedSubmission = {
  numbered: true,
  stores: false,
  bytes: 0,
  args: [head("h", 0, 0), "", ""],
};

/** How `endings` in `scripts/room.lua` names the causes. */
export const endingLetters: Readonly<Record<EndCause, string>> = { expired: "X", revoked: "V", removed: "K" };

/** Encodes a submission; copies its payload. */
export function encodeSubmission(submission: Submission): EncodedSubmission {
  const { seq } = submission;
  const numbered = seq !== 0;
  switch (submission.kind) {
    case "leave":
      return { numbered, stores: false, bytes: 0, args: [head("l", seq, 0), "", ""] };
    case "refresh":
      return { numbered, stores: false, bytes: 0, args: [head("t", seq, 0), "", submission.access] };
    case "end":
      return {
        numbered,
        stores: false,
        bytes: 0,
        args: [head("e", seq, 0), "", endingLetters[submission.cause]],
      };
    case "reject": {
      const { reason, message, retryAfterMs: retry, to, toSession, negotiationId } = submission;
      const rejection = {
        reason: reasonName(reason),
        message,
        retry,
        to,
        toSession,
        negotiation: negotiationId,
      };
      const json = JSON.stringify(rejection);
      return { numbered, stores: true, bytes: json.length, args: [head("x", seq, 0), "", json] };
    }
    case "update": {
      const json = encodeMetadata(submission.metadata);
      const args = [head("u", seq, metadataSize(submission.metadata)), "", json] as const;
      return { numbered, stores: true, bytes: json.length, args };
    }
    case "relay": {
      const { payload, to, toSession } = submission;
      const args = [head("r", seq, toSession), to, Buffer.from(payload)] as const;
      return { numbered, stores: true, bytes: payload.byteLength, args };
    }
  }
}

/** What a submission is, its number, and another number that depends on what it is. */
function head(kind: string, seq: number, about: number): Buffer {
  const bytes = Buffer.allocUnsafe(9);
  bytes[0] = kind.charCodeAt(0);
  bytes.writeUInt32BE(seq, 1);
  bytes.writeUInt32BE(about, 5);
  return bytes;
}
