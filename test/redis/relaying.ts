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

/** Nodes have found the server that took over, and work from end to end. */
export async function expectToBeBack(...nodes: readonly RedisSwitchboard[]): Promise<void> {
  // A node that has not noticed the failover yet is well too: what comes back through the new server shows that it has.
  await Promise.all(nodes.map((node) => node.settled()));
  for (const node of nodes) {
    await expect.poll(() => node.probe().then(() => "well", String), { timeout: 20_000 }).toBe("well");
  }
}
