import { afterAll, beforeAll } from "vitest";
import { RedisSwitchboard } from "../../server/src/switchboard/redis/redis-switchboard.ts";
import { FakeClock } from "../../server/src/time/fake-clock.ts";
import { RedisServer } from "../redis/redis-server.ts";
import { testLimits } from "./bench.ts";
import { switchboardSuite } from "./switchboard-suite.ts";

let redis: RedisServer;
let opened = 0;

beforeAll(async () => {
  redis = await RedisServer.start();
});
afterAll(() => redis[Symbol.asyncDispose]());

switchboardSuite({
  name: "redis, two nodes",
  async open(limits) {
    const clock = new FakeClock();
    const began = clock.now();
    const prefix = `test${opened++}`;
    const nodes = await Promise.all(
      ["one", "two"].map(async (name) => {
        const node = new RedisSwitchboard(
          { ...testLimits, ...limits },
          {
            url: redis.url,
            node: name,
            clock,
            prefix,
            offsetMs: () => clock.now() - began,
            onError: (error) => {
              throw error;
            },
          },
        );
        await node.start();
        return node;
      }),
    );
    const [node, otherNode] = nodes;
    if (node === undefined || otherNode === undefined) throw new Error("two nodes are needed");
    const settle = async () => {
      do {
        for (const each of nodes) await each.settled();
      } while (!nodes.every((each) => each.idle));
    };
    return {
      node,
      otherNode,
      settle,
      async until(condition, what) {
        await settle();
        for (let waited = 0; !condition(); waited += 10) {
          if (waited > 60_000) throw new Error(`in vain: ${what}`);
          clock.advance(10);
          await settle();
        }
      },
      async close() {
        for (const each of nodes) await each.close();
      },
    };
  },
});
