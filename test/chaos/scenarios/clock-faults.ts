import type { Scenario } from "../drama.ts";
import { SingleRedis, singleRedis } from "../storage.ts";

const minuteMs = 60_000;

/** Until a node would renew its lease twice, in milliseconds. */
const renewalsMs = 11_000;

async function step(drama: Parameters<Scenario["run"]>[0], aheadMs: number): Promise<void> {
  const { clock } = drama.stage;
  if (clock === undefined) throw new Error("no node has a clock of its own");
  await clock.set(aheadMs);
  drama.happened(true, `the time of n1 is ${aheadMs / 1000} s ahead`);
  // Long enough for everything that could run late, or too early.
  await drama.pause(Math.max(renewalsMs, drama.profile.heartbeatMs * 3));
}

export const clockSteps: Scenario = {
  id: "7",
  name: "the wall clock of one node stepped back and forward by a minute",
  nodes: 3,
  storage: () => SingleRedis.start(),
  ownClock: true,
  dooms: true,
  slower: 8,
  async run(drama) {
    const { stage } = drama;
    const node = stage.node("n1");
    await stage.clock?.governs(node.process.pid);
    const had = drama.peersOn(node.name).length;
    drama.must(had > 0, "n1 has peers");
    const lostBefore = drama.streamsLost;
    await step(drama, -minuteMs);
    await drama.doom();
    await step(drama, minuteMs);
    await step(drama, 0);
    await singleRedis(drama).leaseOf("n1", true, 1000);
    drama.must(
      drama.streamsLost === lostBefore,
      `no peer lost its stream, but ${drama.streamsLost - lostBefore} were`,
    );
    drama.note(`n1 with ${had} peers: −60 s, +60 s, and right again`);
  },
};
