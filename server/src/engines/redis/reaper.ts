import type { RoomName } from "../../switchboard/names.ts";
import { leaseMs, type NodeLease } from "./node-lease.ts";
import type { RedisKeys } from "./redis-keys.ts";
import type { RedisLink } from "./redis-link.ts";
import type { RoomSchedule } from "./room-schedule.ts";
import type { SessionStore } from "./session-store.ts";

/** After an outage everybody gets so long, in milliseconds, to come back before anybody is given up. */
export const graceMs = 5000;
/** How many rooms are looked after at once. */
const roomsAtOnce = 64;
/** The window of a session on a dead node begins when the node was last heard of; a moment is added for the
 * clients, which found out later. */
const lateNoticeMs = 4000;

export interface ReaperParts {
  readonly link: RedisLink;
  readonly keys: RedisKeys;
  readonly store: SessionStore;
  readonly schedule: RoomSchedule;
  readonly lease: NodeLease;
  /** The resume window, in milliseconds. */
  readonly windowMs: number;
}

/**
 * Ends sessions whose window is over, and takes those of dead nodes from them. Every node does it for all:
 * each step may be done by several at once, and be left by one that dies.
 */
export class Reaper {
  readonly #parts: ReaperParts;
  #working = false;

  constructor(parts: ReaperParts) {
    this.#parts = parts;
  }

  get working(): boolean {
    return this.#working;
  }

  /** Does what is due. */
  async run(): Promise<void> {
    if (this.#working || this.#parts.lease.steadyMs < graceMs) return;
    this.#working = true;
    try {
      const { lease, windowMs } = this.#parts;
      for (const { nodeId, leaseEndMs } of await lease.declareDead()) {
        const lastHeardOf = leaseEndMs - leaseMs;
        // One that said goodbye has no such time: its sessions get a whole window.
        await this.#lookAfter(nodeId, lastHeardOf > 0 ? lastHeardOf + windowMs + lateNoticeMs : 0);
      }
      await this.#reapDue();
    } finally {
      this.#working = false;
    }
  }

  async #lookAfter(nodeId: string, untilMs: number): Promise<void> {
    const { link, keys, store, lease } = this.#parts;
    const rooms = (await link.command("SMEMBERS", keys.roomsOf(nodeId))) as Iterable<Buffer>;
    const names = [...rooms].map((name) => String(name) as RoomName);
    for (let i = 0; i < names.length; i += roomsAtOnce) {
      const some = names.slice(i, i + roomsAtOnce);
      await Promise.all(some.map((room) => store.orphan(room, nodeId, untilMs)));
    }
    await lease.forgetDead(nodeId);
  }

  async #reapDue(): Promise<void> {
    const { store, schedule } = this.#parts;
    for (;;) {
      const due = await schedule.due(roomsAtOnce);
      await Promise.all(
        due.map(async ({ room, noted }) => {
          await schedule.replace(room, noted, await store.reap(room));
        }),
      );
      if (due.length < roomsAtOnce) return;
    }
  }
}
