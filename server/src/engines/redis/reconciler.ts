import type { Clock } from "../../time/clock.ts";
import { leaseMs, type NodeLease } from "./node-lease.ts";
import { graceMs } from "./reaper.ts";
import type { ClaimedRoom, RoomLooks } from "./room-looks.ts";
import type { AttachmentAddress } from "./session-address.ts";
import type { HeldSession, SessionStore } from "./session-store.ts";

/** How many rooms are looked at together, and how often in one round of a node. */
const roomsAtOnce = 64;
const looksInARound = 16;
/** A seat may be about to be there: how long until its node looks again, in milliseconds. */
const doubtMs = 1000;

export interface ReconcilerHost {
  readonly store: SessionStore;
  readonly looks: RoomLooks;
  readonly lease: NodeLease;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
  /** The id of this node. */
  id(): string;
  /** Whether this attachment has a seat on this node. */
  hasSeat(attachment: AttachmentAddress): boolean;
  /** Asks another node whether it has seats for these. */
  ask(nodeId: string, attachments: readonly AttachmentAddress[]): Promise<void>;
}

/**
 * Finds sessions that nobody looks after, whatever the cause: attached to a node that is not there any more, or to one
 * that has no seat for them, or away without an end of their window. Their resume window begins, and after it the
 * others learn that they left. The nodes share the rooms between them.
 */
export class Reconciler {
  readonly #host: ReconcilerHost;
  #working = false;

  constructor(host: ReconcilerHost) {
    this.#host = host;
  }

  /** Looks at the rooms whose turn it is. */
  async run(): Promise<void> {
    if (this.#working || this.#host.lease.steadyMs < graceMs) return;
    this.#working = true;
    try {
      for (let looks = 0; looks < looksInARound; looks++) {
        const rooms = await this.#host.looks.claim(roomsAtOnce);
        await this.#judge((await Promise.all(rooms.map((each) => this.#look(each)))).flat());
        if (rooms.length < roomsAtOnce) return;
      }
    } finally {
      this.#working = false;
    }
  }

  /** Another node has found that these are attached here. Those without a seat are given back. */
  check(attachments: readonly AttachmentAddress[]): void {
    const { hasSeat, clock } = this.#host;
    const doubtful = attachments.filter((each) => !hasSeat(each));
    if (doubtful.length === 0) return;
    clock.after(doubtMs, () => {
      for (const each of doubtful) this.#giveBack(each).catch(this.#host.onError);
    });
  }

  async #look(claimed: ClaimedRoom): Promise<HeldSession[]> {
    const { store, looks } = this.#host;
    const sessions = await store.census(claimed.room);
    if (sessions.length === 0) await looks.retire(claimed);
    return sessions;
  }

  async #judge(sessions: readonly HeldSession[]): Promise<void> {
    if (sessions.length === 0) return;
    const { store, lease, id, ask } = this.#host;
    // Asked after the sessions were read: a node has its lease before its first session.
    const nodes = await lease.nodes();
    const held = new Map<string, HeldSession[]>();
    for (const session of sessions) {
      const { node, isDue } = session;
      if (node === "" ? !isDue : !nodes.has(node)) {
        // A node that is not among them was last heard of at least the length of a lease ago.
        await store.detach(session, 0, 0, lease.redisNowMs - (node === "" ? 0 : leaseMs));
      } else if (node !== "") {
        const others = held.get(node);
        if (others === undefined) held.set(node, [session]);
        else others.push(session);
      }
    }
    for (const [node, attachments] of held) {
      if (node === id()) this.check(attachments);
      else await ask(node, attachments);
    }
  }

  async #giveBack(attachment: AttachmentAddress): Promise<void> {
    const { store, lease, id, hasSeat } = this.#host;
    const standing = await store.standing(attachment);
    const isHere = standing.kind === "there" && standing.node === id() && standing.epoch === attachment.epoch;
    if (!isHere || hasSeat(attachment)) return;
    await store.detach(attachment, 0, 0, lease.redisNowMs);
  }
}
