import { afterAll, beforeAll, test } from "vitest";
import { Timers } from "../../server/src/time/timers.ts";
import { RedisServer } from "../redis/redis-server.ts";
import { openTestNodes } from "../redis/test-nodes.ts";
import { modelHost, modelSettings } from "./model-world.ts";
import { play } from "./play.ts";

let redis: RedisServer;

beforeAll(async () => {
  redis = await RedisServer.start();
});
afterAll(() => redis[Symbol.asyncDispose]());

test("the same on two nodes that share a Redis: no stream and no call comes to the node of the one before", async () => {
  await play(
    "redis",
    400,
    async (mailboxSignals) => {
      const settings = modelSettings(mailboxSignals);
      const nodes = await openTestNodes(redis, settings);
      const [one, two] = nodes.switchboards;
      const { clock } = nodes;
      return {
        clock,
        hosts: [
          modelHost(clock, new Timers(clock), settings, one),
          modelHost(clock, new Timers(clock), settings, two),
        ],
        settle: nodes.settle,
        rounds: 100,
        close: async () => {
          const left = await nodes.keys();
          await nodes.close();
          return left;
        },
      };
    },
    (kind) => (kind === "slow" ? 0 : 1),
  ); // a slow reader needs luck here: the suite of the switchboard has it
}, 600_000);
