import { createClient } from "redis";
import { RedisKeys } from "../../server/src/engines/redis/redis-keys.ts";
import { RedisSwitchboard } from "../../server/src/engines/redis/redis-switchboard.ts";
import type { SwitchboardLimits } from "../../server/src/switchboard/switchboard.ts";
import { type Observer, silentObserver } from "../../server/src/telemetry/observer.ts";
import { FakeClock } from "../kit/fake-clock.ts";
import { until } from "../kit/until.ts";

/** Two nodes on one Redis, under one fake clock, in a keyspace of their own. */
export interface TestNodes {
  readonly clock: FakeClock;
  /** What all their keys begin with. */
  readonly prefix: string;
  readonly switchboards: readonly [RedisSwitchboard, RedisSwitchboard];
  /** Resolves when all that was under way between the nodes and Redis has arrived. */
  settle(): Promise<void>;
  /**
   * Lets the clock of the nodes go on, until it holds: so many milliseconds at a time, 100 by default, or as time really
   * passes.
   */
  until(holds: () => boolean | Promise<boolean>, stepMs?: number | "real"): Promise<void>;
  /** Takes a node for dead, as the others do when its lease has run out. */
  declareDead(node: RedisSwitchboard): Promise<void>;
  /** The keys of rooms and sessions that are there. */
  keys(): Promise<string[]>;
  close(): Promise<void>;
}

let opened = 0;

export interface TestNodesOptions {
  /** How the first node reaches Redis: past something that breaks, for example. */
  readonly urlOfOne?: string;
  readonly urlOfTwo?: string;
  /** Of both nodes. */
  readonly observer?: Observer;
  /** What the nodes report. By default nothing: what a broken connection breaks, tests see otherwise. */
  readonly onError?: (error: unknown) => void;
}

export async function openTestNodes(
  redis: { readonly url: string },
  limits: SwitchboardLimits,
  {
    urlOfOne = redis.url,
    urlOfTwo = redis.url,
    observer = silentObserver,
    onError = () => {},
  }: TestNodesOptions = {},
): Promise<TestNodes> {
  const clock = new FakeClock();
  const began = clock.now();
  const prefix = `test${opened++}`;
  const open = async (node: string, url: string) => {
    const switchboard = new RedisSwitchboard(limits, {
      url,
      node,
      clock,
      observer,
      prefix,
      offsetMs: () => clock.now() - began,
      onError,
    });
    await switchboard.start();
    return switchboard;
  };
  const switchboards = [await open("one", urlOfOne), await open("two", urlOfTwo)] as const;
  return {
    clock,
    prefix,
    switchboards,
    async declareDead(node) {
      const keys = new RedisKeys(prefix);
      const client = createClient({ url: redis.url });
      await client.connect();
      const name = switchboards[0] === node ? "one." : "two.";
      const id = (await client.zRange(keys.leases, 0, -1)).find((each) => each.startsWith(name));
      if (id === undefined) throw new Error(`no lease of ${name}`);
      await client.zAdd(keys.leases, { value: id, score: 1 });
      client.destroy();
    },
    async until(holds, stepMs = 100) {
      let last = performance.now();
      const passed = () => {
        const now = performance.now();
        clock.advance(stepMs === "real" ? now - last : stepMs);
        last = now;
        return holds();
      };
      await until(passed, "the clock of the nodes to bring it", 15_000);
    },
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
      const kept: string[] = [];
      for (const key of await client.keys(`${prefix}:*`)) {
        // Leases last as long as their nodes, and the keys of tokens longer; empty rooms are looked at once more. An
        // empty room remembers for a minute of Redis' own time why its sessions ended.
        if (/\{nodes\}:(leases|token-keys|looks)$/.test(key) || (await client.ttl(key)) > 0) continue;
        kept.push(key);
      }
      client.destroy();
      return kept;
    },
    async close() {
      for (const each of switchboards) await each.close();
    },
  };
}
