import type { RoomName } from "../../switchboard/names.ts";
import type { RedisKeys } from "./redis-keys.ts";
import type { RedisLink } from "./redis-link.ts";
import { nodeScripts } from "./redis-script.ts";
import { text } from "./stored-session.ts";

/** When the rooms of all nodes are to be looked at: a resume window ends then. */
export class RoomSchedule {
  readonly #link: RedisLink;
  readonly #key: string;
  readonly #offsetMs: () => number;

  constructor(link: RedisLink, keys: RedisKeys, offsetMs: () => number) {
    this.#link = link;
    this.#key = keys.schedule;
    this.#offsetMs = offsetMs;
  }

  /** Notes that a room is to be looked at, not later than then. */
  async expect(room: RoomName, dueMs: string): Promise<void> {
    await this.#link.run(nodeScripts.expect, [this.#key], { room, dueMs });
  }

  /** The rooms that are to be looked at now, each with the time that was noted. */
  async due(count: number): Promise<{ room: RoomName; noted: string }[]> {
    const args = { offsetMs: String(this.#offsetMs()), count: String(count) };
    const reply = (await this.#link.run(nodeScripts.due, [this.#key], args)) as Buffer[];
    const due: { room: RoomName; noted: string }[] = [];
    for (let i = 0; i + 1 < reply.length; i += 2) {
      due.push({ room: text(reply[i]) as RoomName, noted: text(reply[i + 1]) });
    }
    return due;
  }

  /** Replaces the time that was noted for a room, unless another was noted meanwhile. */
  async replace(room: RoomName, noted: string, next: string): Promise<void> {
    await this.#link.run(nodeScripts.schedule, [this.#key], { room, notedMs: noted, nextMs: next });
  }
}
