import type { RoomName } from "../../switchboard/names.ts";
import type { RedisKeys } from "./redis-keys.ts";
import type { RedisLink } from "./redis-link.ts";
import { nodeScripts } from "./redis-script.ts";

/** From one look at a room to the next, in milliseconds, while the nodes keep up. */
const lookMs = 6000;

/** A room whose turn it is, and the time of its next look. */
export interface ClaimedRoom {
  readonly room: RoomName;
  readonly nextMs: string;
}

/**
 * All rooms in which there may be sessions, and when each is looked at next. A room enters before its first session
 * begins, and leaves once a look has found it empty: whatever happens between, no session is forgotten.
 */
export class RoomLooks {
  readonly #link: RedisLink;
  readonly #keys: RedisKeys;
  readonly #offsetMs: () => number;

  constructor(link: RedisLink, keys: RedisKeys, offsetMs: () => number) {
    this.#link = link;
    this.#keys = keys;
    this.#offsetMs = offsetMs;
  }

  /** Sessions of this room may be attached to this node from now on. */
  async note(room: RoomName, nodeId: string): Promise<void> {
    const args = { offsetMs: String(this.#offsetMs()), room, everyMs: String(lookMs) };
    await this.#link.run(nodeScripts.note, [this.#keys.roomsOf(nodeId), this.#keys.looks], args);
  }

  /** Takes some rooms whose turn it is. No other node takes them until their next turn. */
  async claim(count: number): Promise<ClaimedRoom[]> {
    const args = { offsetMs: String(this.#offsetMs()), count: String(count), everyMs: String(lookMs) };
    const reply = (await this.#link.run(nodeScripts.claim, [this.#keys.looks], args)) as Buffer[];
    const claimed: ClaimedRoom[] = [];
    for (let i = 0; i + 1 < reply.length; i += 2) {
      claimed.push({ room: String(reply[i]) as RoomName, nextMs: String(reply[i + 1]) });
    }
    return claimed;
  }

  /** Nobody is in this room. */
  async retire({ room, nextMs }: ClaimedRoom): Promise<void> {
    const args = { offsetMs: String(this.#offsetMs()), room, notedMs: nextMs, everyMs: String(lookMs) };
    await this.#link.run(nodeScripts.retire, [this.#keys.looks], args);
  }
}
