import { reasonOf } from "@parley/contract";
import type { Failure, Member } from "../switchboard.ts";
import { memberOf } from "./control-entry.ts";

/** What an attachment was answered with. */
export interface StoredAttachment {
  readonly ok: true;
  readonly sessionId: string;
  readonly self: Member;
  readonly epoch: number;
  readonly resumed: boolean;
  readonly accepted: number;
  /** The newest entry of the mailbox. */
  readonly last: number;
  readonly roster: readonly Member[];
}

/** How a session stands in Redis. */
export type Standing =
  | { readonly kind: "missing" }
  | { readonly kind: "ended"; readonly cause: Failure | undefined }
  | {
      readonly kind: "there";
      readonly node: string;
      readonly epoch: number;
      readonly last: number;
      readonly accepted: number;
    };

/** The fields of a session that `readStanding` reads, in its order. */
export const standingFields = ["node", "epoch", "last", "accepted", "end", "message"];

export function readStanding(reply: readonly (Buffer | null)[]): Standing {
  const [node, epoch, last, accepted, end, message] = reply.map((field) => field?.toString());
  if (end !== undefined) {
    const cause = end === "" ? undefined : { reason: reasonOf(end), message: message ?? "" };
    return { kind: "ended", cause };
  }
  if (node === undefined) return { kind: "missing" };
  return { kind: "there", node, epoch: Number(epoch), last: Number(last), accepted: Number(accepted) };
}

/** Reads what the scripts `join` and `resume` answer. */
export function readAttachment(
  reply: readonly unknown[],
): StoredAttachment | { ok: false; failure: Failure } {
  if (text(reply[0]) === "refused") {
    const failure = { reason: reasonOf(text(reply[1])), message: text(reply[2]) };
    return {
      ok: false,
      failure: reply[3] === undefined ? failure : { ...failure, retryAfterMs: Number(reply[3]) },
    };
  }
  const roster: Member[] = [];
  for (let i = 9; i + 2 < reply.length; i += 3) {
    roster.push(memberOf(text(reply[i]), text(reply[i + 1]), text(reply[i + 2])));
  }
  return {
    ok: true,
    sessionId: text(reply[1]),
    self: memberOf(text(reply[2]), text(reply[3]), text(reply[4])),
    epoch: Number(reply[5]),
    resumed: Number(reply[6]) === 1,
    accepted: Number(reply[7]),
    last: Number(reply[8]),
    roster,
  };
}

/** A part of a reply as text; what is absent is empty. */
export function text(reply: unknown): string {
  return Buffer.isBuffer(reply) ? reply.toString() : String(reply ?? "");
}
