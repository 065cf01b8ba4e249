import { afterAll, beforeAll } from "vitest";
import { RedisServer } from "../redis/redis-server.ts";
import { openTestNodes } from "../redis/test-nodes.ts";
import { testLimits } from "./bench.ts";
import { switchboardSuite } from "./switchboard-suite.ts";

let redis: RedisServer;

beforeAll(async () => {
  redis = await RedisServer.start();
});
afterAll(() => redis[Symbol.asyncDispose]());

switchboardSuite({
  name: "redis, two nodes",
  async open(limits) {
    const { clock, switchboards, settle, close } = await openTestNodes(redis, { ...testLimits, ...limits });
    const [node, otherNode] = switchboards;
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
      close,
    };
  },
});
