import { afterAll, beforeAll, expect } from "vitest";
import { refusals, urlWithDocumentedRights } from "../redis/documented-rights.ts";
import { RedisServer } from "../redis/redis-server.ts";
import { openTestNodes } from "../redis/test-nodes.ts";
import { testLimits } from "./bench.ts";
import { switchboardSuite } from "./switchboard-suite.ts";

let redis: RedisServer;
/** With the rights of the documentation alone, so that a command it does not list fails here. */
let url: string;

beforeAll(async () => {
  redis = await RedisServer.start();
  url = await urlWithDocumentedRights(redis.url, "test*:*");
});
afterAll(async () => {
  const refused = await refusals(redis.url);
  await redis[Symbol.asyncDispose]();
  expect(refused, "for want of rights").toEqual([]);
});

switchboardSuite({
  name: "redis, two nodes",
  async open(limits, observer) {
    const all = { ...testLimits, ...limits };
    const { clock, switchboards, settle, close } = await openTestNodes(redis, all, {
      urlOfOne: url,
      urlOfTwo: url,
      ...(observer === undefined ? {} : { observer }),
    });
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
