import type { Clock } from "../../time/clock.ts";
import type { RedisKeys } from "./redis-keys.ts";
import type { RedisLink } from "./redis-link.ts";
import { nodeScripts } from "./redis-script.ts";

/** How long a node is believed to live after it was last heard of, in milliseconds. */
export const leaseMs = 15_000;
/** How often it says so. */
const renewMs = 5000;

/** A node's claim, in Redis, to be alive. */
export class NodeLease {
  readonly #link: RedisLink;
  readonly #keys: RedisKeys;
  readonly #clock: Clock;
  readonly #offsetMs: () => number;
  #renewedAt = Number.NEGATIVE_INFINITY;
  #steadySince = 0;
  #renewing = false;
  #lost = false;
  /** How far the clock of Redis is ahead of `performance.now()`, in milliseconds, as the last renewal showed it. */
  #aheadMs = 0;

  constructor(link: RedisLink, keys: RedisKeys, clock: Clock, offsetMs: () => number) {
    this.#link = link;
    this.#keys = keys;
    this.#clock = clock;
    this.#offsetMs = offsetMs;
  }

  /** Whether others still believe that this node lives, as far as it can know. */
  get valid(): boolean {
    return !this.#lost && this.#clock.now() - this.#renewedAt < leaseMs;
  }

  /** Whether this node is known to have been declared dead, and has not entered again. */
  get lost(): boolean {
    return this.#lost;
  }

  /** For how long renewal has worked without a gap, in milliseconds. */
  get steadyMs(): number {
    return this.valid ? this.#clock.now() - this.#steadySince : 0;
  }

  /**
   * What the clock of Redis shows, in milliseconds, as far as it can be known here: what happens while Redis is
   * away has its time all the same.
   */
  get redisNowMs(): number {
    return Math.floor(performance.now() + this.#aheadMs + this.#offsetMs());
  }

  /** Takes a lease under a new id. */
  async enter(nodeId: string): Promise<void> {
    await this.#say(nodeId, true);
  }

  /** Whether it is time to renew. */
  get due(): boolean {
    return !this.#renewing && (this.#lost || this.#clock.now() - this.#renewedAt >= renewMs);
  }

  /** Renews the lease. Resolves with false when the node has been declared dead. */
  async renew(nodeId: string): Promise<boolean> {
    if (this.#lost) return false;
    this.#renewing = true;
    try {
      return await this.#say(nodeId, false);
    } finally {
      this.#renewing = false;
    }
  }

  /** Gives the lease back: at once if nothing is left to look after, else so that others do it now. */
  async leave(nodeId: string, clean: boolean): Promise<void> {
    if (clean) await this.#link.command("ZREM", this.#keys.leases, nodeId);
    else await this.#link.command("ZADD", this.#keys.leases, "1", nodeId);
  }

  /**
   * Declares nodes dead whose leases are over. Returns all dead nodes whose sessions have still to be looked after, with the
   * end of their leases.
   */
  async declareDead(): Promise<{ nodeId: string; leaseEndMs: number }[]> {
    const keys = [this.#keys.leases, this.#keys.dead] as const;
    const reply = (await this.#link.run(nodeScripts.lapse, keys, {
      offsetMs: String(this.#offsetMs()),
    })) as Buffer[];
    const dead: { nodeId: string; leaseEndMs: number }[] = [];
    for (let i = 0; i + 1 < reply.length; i += 2) {
      dead.push({ nodeId: String(reply[i]), leaseEndMs: Number(reply[i + 1]) });
    }
    return dead;
  }

  /** The nodes that live, or have died and not been looked after yet. */
  async nodes(): Promise<Set<string>> {
    const [living, dead] = await Promise.all([
      this.#link.command("ZRANGE", this.#keys.leases, "0", "-1"),
      this.#link.command("HKEYS", this.#keys.dead),
    ]);
    return new Set([...(living as Buffer[]), ...(dead as Buffer[])].map(String));
  }

  /** Everything of a dead node has been looked after. */
  async forgetDead(nodeId: string): Promise<void> {
    await this.#link.command("DEL", this.#keys.roomsOf(nodeId));
    await this.#link.command("HDEL", this.#keys.dead, nodeId);
  }

  async #say(nodeId: string, isNew: boolean): Promise<boolean> {
    const askedAt = this.#clock.now();
    const offsetMs = this.#offsetMs();
    const args = {
      offsetMs: String(offsetMs),
      node: nodeId,
      lengthMs: String(leaseMs),
      isNew: isNew ? "1" : "0",
    };
    const reply = await this.#link.run(nodeScripts.lease, [this.#keys.leases, this.#keys.dead], args);
    const redisNowMs = Number(reply);
    this.#lost = redisNowMs === 0;
    if (this.#lost) return false;
    this.#aheadMs = redisNowMs - offsetMs - performance.now();
    // A renewal that was late shows that others may have had no chance either.
    if (askedAt - this.#renewedAt > renewMs * 2 || this.#clock.now() - askedAt > renewMs / 2) {
      this.#steadySince = this.#clock.now();
    }
    // It counts from when Redis got it, which was not before this node asked.
    this.#renewedAt = askedAt;
    return true;
  }
}
