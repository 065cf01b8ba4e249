import { reasonOf } from "@parley/contract";
import type { Failure } from "../../switchboard/failure.ts";
import { isHidden } from "../../switchboard/hidden.ts";
import type { Member } from "../../switchboard/roster.ts";
import { readMember } from "./member-info.ts";
import { readRosterStep, readUndelivered, type Undelivered } from "./node-channel.ts";
import type { RosterStep, StoredRoster } from "./room-view.ts";
import { endings } from "./script-messages.ts";

/** How an attachment was answered. */
export interface StoredAttachment {
  readonly ok: true;
  readonly sessionId: string;
  readonly self: Member;
  readonly epoch: number;
  readonly resumed: boolean;
  readonly accepted: number;
  readonly undelivered: Undelivered;
  /** The newest entry that the client has processed. */
  readonly cursor: number;
  readonly rosterVersion: number;
  /** How the attachment changed the roster. */
  readonly steps: readonly RosterStep[];
  /** The roster after that; absent if the node knew it but for these changes. */
  readonly roster: StoredRoster | undefined;
}

/** How Redis stores a session. */
export type Standing =
  | { readonly kind: "missing" }
  | { readonly kind: "ended"; readonly cause: Failure | undefined }
  | {
      readonly kind: "there";
      readonly node: string;
      readonly epoch: number;
      readonly last: number;
      readonly accepted: number;
      readonly undelivered: Undelivered;
      readonly rosterVersion: number;
    };

/**
 * Reads how a session stands from three fields of its room: the session under its name, the room's head, and the
 * sessions that ended. `scripts/session.lua` describes them.
 */
export function readStanding(
  id: string,
  [session, room, ended]: readonly (Buffer | null | undefined)[],
): Standing {
  if (!session || session.toString("latin1", 36, 52) !== id) {
    const at = ended?.indexOf(id, 0, "latin1") ?? -1;
    if (!ended || at < 0) return { kind: "missing" };
    return { kind: "ended", cause: endings[ended.toString("latin1", at + 16, at + 17)] };
  }
  const nodeEnd = 129 + session.readUInt16BE(127);
  return {
    kind: "there",
    accepted: session.readUInt32BE(0),
    last: session.readUInt32BE(4),
    epoch: session.readUInt32BE(52),
    undelivered: rejectionsIn(session.subarray(nodeEnd), session.readUInt32BE(12)),
    node: session.toString("utf8", 129, nodeEnd),
    rosterVersion: room?.readUInt32BE(0) ?? 0,
  };
}

/** The rejections in the index of a mailbox whose oldest entry has this number. */
function rejectionsIn(index: Buffer, first: number): Undelivered {
  const rejections = new Map<number, number>();
  for (let at = 0; at + 8 <= index.length; at += 8) {
    const isRejection = ((index[at] ?? 0) & 0x40) !== 0;
    if (isRejection) rejections.set(first + at / 8, index.readUInt32BE(at + 4));
  }
  return rejections;
}

/** How many members a room has, by its head: see `roomFormat` in `scripts/room.lua`. */
export function membersInHead(head: Buffer | null | undefined): number {
  return head ? head.readUInt32BE(24) : 0;
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
  const [, sessionId, epoch, resumed, accepted, undelivered, cursor, version, newest, self, steps] = reply;
  const membersAt = 11 + Number(steps);
  const members = reply.slice(membersAt);
  return {
    ok: true,
    sessionId: text(sessionId),
    self: readMember(self as Buffer),
    epoch: Number(epoch),
    resumed: Number(resumed) === 1,
    accepted: Number(accepted),
    undelivered: readUndelivered(undelivered as Buffer),
    cursor: Number(cursor),
    rosterVersion: Number(version),
    steps: reply.slice(11, membersAt).map((step) => readRosterStep(step as Buffer).step),
    // The peer itself is in every roster.
    roster: members.length === 0 ? undefined : readRoster([version, newest, ...members]),
  };
}

/** Reads what the script `roster` answers, as the members see it. */
export function readRoster([version, newest, ...members]: readonly unknown[]): StoredRoster {
  return {
    version: Number(version),
    newest: Number(newest),
    members: readMembers(members).filter(({ peerId }) => !isHidden(peerId)),
  };
}

/** Reads who is in a room from what the script `roster` answers. */
export function readEveryone([, , ...members]: readonly unknown[]): readonly Member[] {
  return readMembers(members);
}

function readMembers(members: readonly unknown[]): readonly Member[] {
  return members.filter(Buffer.isBuffer).map(readMember);
}

/** A part of a reply as text; what is absent is empty. */
export function text(reply: unknown): string {
  return Buffer.isBuffer(reply) ? reply.toString() : String(reply ?? "");
}
