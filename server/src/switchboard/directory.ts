import type { PeerId, RoomName } from "./names.ts";
import type { Member } from "./roster.ts";

/** Why the service ends a session. */
export type EndCause = "expired" | "revoked" | "removed";

/** A room that has members, hidden ones too. */
export interface RoomEntry {
  readonly room: RoomName;
  readonly members: number;
}

/** Which part of a list. */
export interface PageRequest {
  /** How many entries, about: a page may have more or fewer, and none although others follow. 1 to 1000. */
  readonly size: number;
  /** `RoomPage.next` of the page before; absent for the first one. */
  readonly after?: string | undefined;
}

export interface RoomPage {
  readonly rooms: readonly RoomEntry[];
  /** Where the next page begins, for the engine only; undefined if this is the last one. */
  readonly next: string | undefined;
}

/** A member of a room, as an operator sees it. */
export interface MemberEntry extends Member {
  /** Whether it has a stream, on whichever node; without one its session waits for a resume. */
  readonly attached: boolean;
  /** Whether the other members do not see it. */
  readonly hidden: boolean;
}

/** What is in the whole service, on whichever node: for its operators. Each method rejects if the storage is away. */
export interface Directory {
  /**
   * Lists rooms. One that exists as long as the pages are fetched is on at least one of them; the order is the
   * engine's own.
   */
  rooms(page: PageRequest): Promise<RoomPage>;

  /** The members of a room, in the order in which they joined; none if there is no such room. */
  members(room: RoomName): Promise<readonly MemberEntry[]>;

  /**
   * Ends the sessions that hold a name in a room, which are two if one of them is hidden; or all sessions of the room if no
   * name is given. Resolves with how many ended.
   */
  end(room: RoomName, peerId: PeerId | undefined, cause: EndCause): Promise<number>;

  /**
   * Reports the members of a room: soon, and again within two seconds of a change. What changes and changes back in
   * between may go unreported. Returns what ends this.
   */
  watch(room: RoomName, listener: (members: readonly MemberEntry[]) => void): () => void;
}
