import { Reason, reasonName } from "@parley/contract";
import type { EndCause } from "../../switchboard/directory.ts";
import { endCauses } from "../../switchboard/end-causes.ts";
import type { Failure } from "../../switchboard/failure.ts";

/** The first byte of what is published to a node. The scripts publish all but the last two. */
export const noticeLetters = {
  entries: "E",
  accepted: "A",
  lost: "L",
  ended: "O",
  heard: "B",
  noted: "T",
  report: "R",
  full: "F",
  roster: "M",
  probe: "P",
  held: "H",
} as const;

/** What a submission is, for the script `submit`. */
export const submissionLetters = {
  relay: "r",
  reject: "x",
  update: "u",
  note: "t",
  leave: "l",
  end: "e",
  heartbeat: "h",
} as const;

/** What a roster step is. */
export const rosterLetters = { joined: "j", updated: "u", left: "l" } as const;

/** The first byte of a stored entry. */
export const entryMarks = { relayed: "r", rejected: "c" } as const;

/** How sessions end, as a room remembers it. Without a failure the session left, or its window passed. */
export const endings: Readonly<Record<string, Failure | undefined>> = {
  R: { reason: Reason.PEER_REPLACED, message: "another session joined under this peer_id" },
  O: {
    reason: Reason.SESSION_OVERFLOWED,
    message: "the mailbox had no room for the rejections of signals from this peer",
  },
  G: { reason: Reason.RESUME_GAP, message: "the mailbox no longer reaches back to the client's last_seq" },
  L: { reason: Reason.SESSION_LOST, message: "the storage lost part of this session" },
  X: endCauses.expired,
  V: endCauses.revoked,
  K: endCauses.removed,
  "-": undefined,
};

/** The ending of each cause for which the service ends a session. */
export const endingLetters: Readonly<Record<EndCause, string>> = { expired: "X", revoked: "V", removed: "K" };

/** `endings` as a table of Lua. */
export function luaEndings(): string {
  const rows = Object.entries(endings).map(([letter, failure]) => {
    const fields =
      failure === undefined
        ? ""
        : `reason = ${luaText(reasonName(failure.reason))}, message = ${luaText(failure.message)}`;
    return `  [${luaText(letter)}] = { ${fields} },`;
  });
  return ["local endings = {", ...rows, "}"].join("\n");
}

function luaText(text: string): string {
  return `'${text.replaceAll(/['\\]/g, "\\$&")}'`;
}
