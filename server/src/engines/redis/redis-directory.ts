import type {
  Directory,
  EndCause,
  MemberEntry,
  PageRequest,
  RoomEntry,
  RoomPage,
} from "../../switchboard/directory.ts";
import { hiddenName, isHidden, nameOf } from "../../switchboard/hidden.ts";
import { isLobby } from "../../switchboard/lobby.ts";
import { MemberWatches } from "../../switchboard/member-watches.ts";
import type { PeerId, RoomName } from "../../switchboard/names.ts";
import type { Clock } from "../../time/clock.ts";
import type { RedisKeys } from "./redis-keys.ts";
import type { RedisLink } from "./redis-link.ts";
import type { SessionStore } from "./session-store.ts";
import { membersInHead } from "./stored-session.ts";

/** The rooms of all nodes, as Redis stores them. */
export class RedisDirectory implements Directory {
  readonly #link: RedisLink;
  readonly #keys: RedisKeys;
  readonly #store: SessionStore;
  readonly #clock: Clock;
  readonly #watches = new MemberWatches();

  constructor(link: RedisLink, keys: RedisKeys, store: SessionStore, clock: Clock) {
    this.#link = link;
    this.#keys = keys;
    this.#store = store;
    this.#clock = clock;
  }

  async rooms({ size, after = "0" }: PageRequest): Promise<RoomPage> {
    // Every room with a session is on the list of those that are looked at, and empty ones for a while.
    const reply = await this.#link.command("ZSCAN", this.#keys.looks, after, "COUNT", String(size));
    const [next, names] = reply as [Buffer, Buffer[]];
    const listed = names.filter((_, i) => i % 2 === 0).map((name) => String(name) as RoomName);
    const entries = await Promise.all(
      listed.filter((room) => !isLobby(room)).map((room) => this.#entryOf(room)),
    );
    const rooms = entries.filter(({ members }) => members > 0);
    return { rooms, next: String(next) === "0" ? undefined : String(next) };
  }

  async members(room: RoomName): Promise<readonly MemberEntry[]> {
    const [members, held] = await Promise.all([this.#store.everyone(room), this.#store.census(room)]);
    const attached = new Set(held.filter(({ node }) => node !== "").map(({ peerId }) => peerId));
    return members.map((member) => ({
      ...member,
      peerId: nameOf(member.peerId),
      hidden: isHidden(member.peerId),
      attached: attached.has(member.peerId),
    }));
  }

  async end(room: RoomName, peerId: PeerId | undefined, cause: EndCause): Promise<number> {
    const names = peerId === undefined ? [undefined] : [peerId, hiddenName(peerId)];
    const ended = await Promise.all(names.map((name) => this.#store.remove(room, name, cause)));
    return ended.reduce((sum, count) => sum + count, 0);
  }

  watch(room: RoomName, listener: (members: readonly MemberEntry[]) => void): () => void {
    const after = (ms: number, callback: () => void) => this.#clock.after(ms, callback);
    return this.#watches.begin(() => this.members(room), after, listener);
  }

  /** Ends what watches. */
  close(): void {
    this.#watches.stop();
  }

  async #entryOf(room: RoomName): Promise<RoomEntry> {
    const [head] = (await this.#link.command("HMGET", this.#keys.room(room), "h")) as (Buffer | null)[];
    return { room, members: membersInHead(head) };
  }
}
