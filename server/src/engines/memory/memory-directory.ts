import { LeaveReason } from "@parley/contract";
import type {
  Directory,
  EndCause,
  MemberEntry,
  PageRequest,
  RoomEntry,
  RoomPage,
} from "../../switchboard/directory.ts";
import { endCauses } from "../../switchboard/end-causes.ts";
import { hiddenName, isHidden, nameOf } from "../../switchboard/hidden.ts";
import { isLobby } from "../../switchboard/lobby.ts";
import { MemberWatches } from "../../switchboard/member-watches.ts";
import type { PeerId, RoomName } from "../../switchboard/names.ts";
import type { Timers } from "../../time/timers.ts";
import type { MemoryRoom } from "./memory-room.ts";
import type { MemorySession } from "./memory-session.ts";
import type { EndSession } from "./submission-intake.ts";

type Rooms = ReadonlyMap<RoomName, MemoryRoom<MemorySession>>;

/** The rooms in the memory of this node, which are all there are. */
export class MemoryDirectory implements Directory {
  readonly #rooms: Rooms;
  readonly #timers: Timers;
  readonly #end: EndSession;
  readonly #watches = new MemberWatches();

  /** @param rooms in the order of their numbers. */
  constructor(rooms: Rooms, timers: Timers, end: EndSession) {
    this.#rooms = rooms;
    this.#timers = timers;
    this.#end = end;
  }

  async rooms({ size, after = "0" }: PageRequest): Promise<RoomPage> {
    const rooms: RoomEntry[] = [];
    let last = Number(after);
    for (const { name, number, members } of this.#rooms.values()) {
      if (number <= last || isLobby(name)) continue;
      if (rooms.length === size) return { rooms, next: String(last) };
      rooms.push({ room: name, members: members.size });
      last = number;
    }
    return { rooms, next: undefined };
  }

  async members(room: RoomName): Promise<readonly MemberEntry[]> {
    const sessions = this.#rooms.get(room)?.members.values() ?? [];
    return Array.from(sessions, ({ self, listener }) => ({
      ...self,
      peerId: nameOf(self.peerId),
      hidden: isHidden(self.peerId),
      attached: listener !== undefined,
    }));
  }

  async end(room: RoomName, peerId: PeerId | undefined, cause: EndCause): Promise<number> {
    const members = this.#rooms.get(room)?.members;
    const named = peerId === undefined ? [] : [members?.get(peerId), members?.get(hiddenName(peerId))];
    const ending =
      peerId === undefined
        ? [...(members?.values() ?? [])]
        : named.filter((session) => session !== undefined);
    for (const session of ending) this.#end(session, LeaveReason.REMOVED, endCauses[cause]);
    return ending.length;
  }

  watch(room: RoomName, listener: (members: readonly MemberEntry[]) => void): () => void {
    const after = (ms: number, callback: () => void) => {
      const timer = this.#timers.after(ms, callback);
      return () => this.#timers.cancel(timer);
    };
    return this.#watches.begin(() => this.members(room), after, listener);
  }

  /** Ends what watches. */
  close(): void {
    this.#watches.stop();
  }
}
