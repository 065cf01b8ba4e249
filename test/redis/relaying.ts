import { expect } from "vitest";
import type { RedisSwitchboard } from "../../server/src/engines/redis/redis-switchboard.ts";
import { join } from "../switchboard/peer.ts";

/** Two nodes relay to one another in several rooms, which a cluster spreads over its shards. */
export async function expectToRelay(
  one: RedisSwitchboard,
  two: RedisSwitchboard,
  name: string,
): Promise<void> {
  for (let i = 0; i < 12; i++) {
    const a = await join(one, `${name}${i}`, "a");
    const b = await join(two, `${name}${i}`, "b");
    for (let n = 1; n <= 3; n++) a.send("b", `n${n}`);
    await expect.poll(() => b.listener.relayed).toEqual([1, 2, 3].map((n) => `signal n${n} from a`));
    await expect.poll(() => a.listener.acceptedSeq).toBe(3);
  }
}
