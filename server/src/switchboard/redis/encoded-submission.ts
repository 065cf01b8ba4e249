import { reasonName } from "@parley/contract";
import type { Submission } from "../switchboard.ts";
import { relayedMark } from "./control-entry.ts";
import type { Argument } from "./redis-connection.ts";

/** A submission as the script `submit` takes it. */
export interface EncodedSubmission {
  readonly numbered: boolean;
  readonly bytes: number;
  readonly args: readonly [seq: string, kind: string, to: string, payload: Argument];
}

/** What shows the node of a session's stream that its client is there. It takes no number. */
export const encodedHeartbeat: EncodedSubmission = { numbered: true, bytes: 0, args: ["0", "h", "", ""] };

/** Encodes a submission; copies its payload, behind the sender. */
export function encodeSubmission(submission: Submission, sender: Uint8Array): EncodedSubmission {
  const seq = String(submission.seq);
  const numbered = submission.seq !== 0;
  switch (submission.kind) {
    case "leave":
      return { numbered, bytes: 0, args: [seq, "l", "", ""] };
    case "reject": {
      const { reason, message } = submission;
      return { numbered, bytes: message.length, args: [seq, "x", reasonName(reason), message] };
    }
    case "relay": {
      const { payload, to } = submission;
      const stored = Buffer.allocUnsafe(1 + sender.byteLength + payload.byteLength);
      stored[0] = relayedMark;
      stored.set(sender, 1);
      stored.set(payload, 1 + sender.byteLength);
      return { numbered, bytes: stored.byteLength, args: [seq, "r", to, stored] };
    }
  }
}
