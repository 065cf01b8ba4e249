import type { RoomName } from "../../switchboard/names.ts";

/**
 * The names of everything that is kept in Redis. What one script touches has one hash tag: the room, or the
 * nodes together, so that Redis Cluster keeps it on one shard.
 */
export class RedisKeys {
  /** The leases of the living nodes. */
  readonly leases: string;
  /** The nodes whose sessions have still to be looked after. */
  readonly dead: string;
  /** When to look at which room. */
  readonly schedule: string;
  /** The keys that mark session tokens. */
  readonly tokenKeys: string;
  /** Access tokens that are revoked. */
  readonly revocations: string;
  /** When to look who is in which room. */
  readonly looks: string;
  /** The channel of a node begins so. */
  readonly channels: string;
  readonly #prefix: string;

  /** @param prefix what every key begins with, for a Redis that is shared. */
  constructor(prefix: string) {
    this.#prefix = prefix;
    this.leases = `${prefix}:{nodes}:leases`;
    this.dead = `${prefix}:{nodes}:dead`;
    this.schedule = `${prefix}:{nodes}:schedule`;
    this.tokenKeys = `${prefix}:{nodes}:token-keys`;
    this.revocations = `${prefix}:{nodes}:revocations`;
    this.looks = `${prefix}:{nodes}:looks`;
    this.channels = `${prefix}:node:`;
  }

  /** Everything of a room: one hash, whose fields `scripts/session.lua` describes. */
  room(name: RoomName): string {
    return `${this.#prefix}:{${name}}`;
  }

  /** The rooms in which a node has, or had, streams. */
  roomsOf(nodeId: string): string {
    return `${this.#prefix}:{nodes}:rooms:${nodeId}`;
  }
}
