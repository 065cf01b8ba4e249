import { isWatcher } from "../../switchboard/lobby.ts";
import type { Member, RosterChange } from "../../switchboard/roster.ts";

// The lobby of a room is another room of the engine: those who wait are its members, and so are those who watch them, so
// that both engines keep it, across nodes and their deaths, with nothing of their own for it. Its name, and the names of
// those who watch, contain a character that no client can use.

/** What a client that waits publishes in the lobby. Its own metadata are a text there, so that it cannot claim the rest. */
export interface LobbyEntry {
  readonly metadata: Readonly<Record<string, string>>;
  /** A member has let it in; its place is kept for the case that it has to ask again. */
  readonly admitted: boolean;
}

export function encodeLobbyEntry({ metadata, admitted }: LobbyEntry): Record<string, string> {
  return { metadata: JSON.stringify(metadata), ...(admitted ? { admitted: "true" } : {}) };
}

/** Whether a member has let the client in before. */
export function isAdmitted({ metadata }: Member): boolean {
  return metadata["admitted"] !== undefined;
}

/** Who is in a lobby, as its changes come. */
export class LobbyRoster {
  readonly #members = new Map<number, Member>();
  /** Those who wait, in order; undefined after a change. Each client that waits has a roster: a change must cost little. */
  #queue: readonly Member[] | undefined;

  /** @param members who is there at first. */
  constructor(members: readonly Member[]) {
    for (const member of members) this.#members.set(member.session, member);
  }

  apply(change: RosterChange): void {
    this.#queue = undefined;
    if (change.kind === "left") this.#members.delete(change.session);
    else this.#members.set(change.member.session, change.member);
  }

  /** Whether this session is there. */
  has(session: number): boolean {
    return this.#members.has(session);
  }

  /** The place of a session in the queue, from 1; 0 if it does not wait. Reads no metadata, which may be long. */
  placeOf(session: number): number {
    return 1 + this.#waiting.findIndex((member) => member.session === session);
  }

  /** Those who wait, in the order in which they came, with the metadata that they chose. */
  get waiting(): Member[] {
    return this.#waiting.map((member) => ({ ...member, metadata: metadataOf(member) }));
  }

  get #waiting(): readonly Member[] {
    this.#queue ??= [...this.#members.values()]
      .filter((member) => !isWatcher(member.peerId) && !isAdmitted(member))
      .sort((one, other) => one.joinedAt - other.joinedAt);
    return this.#queue;
  }
}

function metadataOf({ metadata }: Member): Member["metadata"] {
  return JSON.parse(metadata["metadata"] ?? "{}") as Member["metadata"];
}
