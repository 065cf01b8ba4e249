import type { Grants } from "../admission/grants.ts";
import type { NoteSubmission } from "../switchboard/batch.ts";
import type { Decision } from "./lobby/decision.ts";

/** What a request says to the stream of its own session, which may be on another node. */
export type Note =
  /** What its client may do from now on. */
  | { readonly grants: Grants }
  /** About a client that waits in the lobby. */
  | { readonly decision: Decision };

export function noteOf(seq: number, note: Note): NoteSubmission {
  return { kind: "note", seq, text: JSON.stringify(note) };
}

/** What `noteOf` made a text of. */
export function readNote(text: string): Note {
  return JSON.parse(text) as Note;
}
