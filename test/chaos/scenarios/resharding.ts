import { askAt } from "../../redis/ask.ts";
import { RedisCluster } from "../../redis/redis-cluster.ts";
import { Resharding } from "../../redis/resharding.ts";
import type { Scenario } from "../drama.ts";

/** An operator's tool takes longer. */
const betweenMovesMs = 200;
/** How many moves there are at least, each second. */
const leastMoves = 0.5;

export const resharding: Scenario = {
  id: "3h",
  name: "a Redis Cluster of three primaries moves the rooms from one to another all the time",
  nodes: 3,
  storage: () => RedisCluster.start(),
  dooms: true,
  // A slot that moves is not served for moments, and each batch may meet one.
  slower: Number.POSITIVE_INFINITY,
  async run(drama) {
    const { storage } = drama.stage;
    if (!(storage instanceof RedisCluster)) throw new Error("this needs a Redis Cluster");
    const keys: string[] = [];
    for (const { url } of storage.servers) {
      using asking = await askAt(url);
      keys.push(...((await asking.ask("KEYS", "*")) as string[]));
    }
    await using moving = await Resharding.start(storage, keys, betweenMovesMs);
    await drama.pause(drama.profile.cuttingMs / 2);
    await drama.doom();
    await drama.pause(drama.profile.cuttingMs / 2);
    await moving.stop();
    const { moves } = moving;
    const least = (drama.profile.cuttingMs / 1000) * leastMoves;
    for (let i = 0; i < moves; i++) drama.happened(moves > least, `${moves} slots were moved`);
    drama.note(`${moves} moves of slots with ${keys.length} keys`);
  },
};
