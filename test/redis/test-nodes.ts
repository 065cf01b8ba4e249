import { createClient } from "redis";
import { RedisSwitchboard } from "../../server/src/switchboard/redis/redis-switchboard.ts";
import type { SwitchboardLimits } from "../../server/src/switchboard/switchboard.ts";
import { FakeClock } from "../../server/src/time/fake-clock.ts";
import type { RedisServer } from "./redis-server.ts";

/** Two nodes on one Redis, under one fake clock, in a keyspace of their own. */
export interface TestNodes {
  readonly clock: FakeClock;
  readonly switchboards: readonly [RedisSwitchboard, RedisSwitchboard];
  /** Resolves when all that was under way between the nodes and Redis has arrived. */
  settle(): Promise<void>;
  /** The keys of rooms and sessions that are there. */
  keys(): Promise<string[]>;
  close(): Promise<void>;
}

let opened = 0;

export async function openTestNodes(redis: RedisServer, limits: SwitchboardLimits): Promise<TestNodes> {
  const clock = new FakeClock();
  const began = clock.now();
  const prefix = `test${opened++}`;
  const open = async (node: string) => {
    const switchboard = new RedisSwitchboard(limits, {
      url: redis.url,
      node,
      clock,
      prefix,
      offsetMs: () => clock.now() - began,
      onError: (error) => {
        throw error;
      },
    });
    await switchboard.start();
    return switchboard;
  };
  const switchboards = [await open("one"), await open("two")] as const;
  return {
    clock,
    switchboards,
    async settle() {
      do {
        await Promise.all(switchboards.map((each) => each.settled()));
        // What waits for an answer goes on before anything else is looked at.
        await new Promise((resolve) => setImmediate(resolve));
      } while (!switchboards.every((each) => each.idle));
    },
    async keys() {
      const client = createClient({ url: redis.url });
      await client.connect();
      const keys = await client.keys(`${prefix}:*`);
      client.destroy();
      // Why a session ended is kept for a minute of Redis' own time; leases last as long as their nodes.
      return keys.filter((key) => !/:s:[^:]+$|\{nodes\}:leases$/.test(key));
    },
    async close() {
      for (const each of switchboards) await each.close();
    },
  };
}
