import { reasonName } from "@parley/contract";
import type { Submission } from "../../switchboard/batch.ts";
import { metadataSize } from "../../switchboard/metadata.ts";
import { encodeMetadata } from "./member-info.ts";
import type { Argument } from "./redis-connection.ts";
import { endingLetters, submissionLetters } from "./script-messages.ts";

/** A submission as the script `submit` takes it. */
export interface EncodedSubmission {
  readonly numbered: boolean;
  /** Whether it is a signal for another peer. */
  readonly relays: boolean;
  /** Whether it needs memory of Redis. */
  readonly stores: boolean;
  readonly bytes: number;
  readonly args: readonly [head: Buffer, to: string, payload: Argument];
}

/** What shows the node of a session's stream that its client is there. It takes no number. */
export const encodedHeartbeat: EncodedSubmission = {
  numbered: true,
  relays: false,
  stores: false,
  bytes: 0,
  args: [head("heartbeat", 0, 0), "", ""],
};

/** Encodes a submission; copies its payload. */
export function encodeSubmission(submission: Submission): EncodedSubmission {
  const { seq } = submission;
  const common = { numbered: seq !== 0, relays: submission.kind === "relay" };
  switch (submission.kind) {
    case "leave":
      return { ...common, stores: false, bytes: 0, args: [head("leave", seq, 0), "", ""] };
    case "note":
      return { ...common, stores: false, bytes: 0, args: [head("note", seq, 0), "", submission.text] };
    case "end":
      return {
        ...common,
        stores: false,
        bytes: 0,
        args: [head("end", seq, 0), "", endingLetters[submission.cause]],
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
      return { ...common, stores: true, bytes: json.length, args: [head("reject", seq, 0), "", json] };
    }
    case "update": {
      const json = encodeMetadata(submission.metadata);
      const args = [head("update", seq, metadataSize(submission.metadata)), "", json] as const;
      return { ...common, stores: true, bytes: json.length, args };
    }
    case "relay": {
      const { payload, to, toSession } = submission;
      const args = [head("relay", seq, toSession), to, Buffer.from(payload)] as const;
      return { ...common, stores: true, bytes: payload.byteLength, args };
    }
  }
}

/** What a submission is, its number, and another number that depends on what it is. */
function head(kind: keyof typeof submissionLetters, seq: number, about: number): Buffer {
  const bytes = Buffer.allocUnsafe(9);
  bytes[0] = submissionLetters[kind].charCodeAt(0);
  bytes.writeUInt32BE(seq, 1);
  bytes.writeUInt32BE(about, 5);
  return bytes;
}
