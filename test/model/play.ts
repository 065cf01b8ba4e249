import process from "node:process";
import fc from "fast-check";
import { expect } from "vitest";
import { historyOver } from "./history.ts";
import { type Carrier, carriers as withoutDevices } from "./model-transport.ts";
import { type ModelEngine, ModelWorld } from "./model-world.ts";

/** Plays so many random histories on an engine, each on a new one, and prints the seed that repeats them. */
export async function play(
  name: string,
  histories: number,
  open: (mailboxSignals: number) => Promise<ModelEngine>,
  /** How often each case that matters has to come; 0 if that cannot be asked. */
  least: (kind: string) => number,
  carriers: readonly Carrier[] = withoutDevices,
): Promise<void> {
  const seed = Number(process.env["PARLEY_MODEL_SEED"] ?? Date.now() % 2 ** 31);
  const seen = { received: 0, rejected: 0, full: 0, limited: 0, slow: 0, gone: 0, rejoin: 0, resumed: 0 };
  await fc.assert(
    fc.asyncProperty(
      historyOver(carriers),
      async ({ carriers, simple, namesake, mailboxSignals, met, steps }) => {
        const peers = Object.fromEntries(
          Object.entries(carriers).map(([key, carrier]) => {
            const isNamesake = namesake && key === "d";
            return [
              key,
              {
                name: isNamesake ? "a" : key,
                // A topic belongs to one device: the broker lets no other speak on it.
                carrier: isNamesake && carrier === "device" ? "stream" : carrier,
                simple: simple[key] === true,
              },
            ];
          }),
        );
        const world = new ModelWorld(peers, await open(mailboxSignals));
        if (met) await world.meet();
        for (const each of steps) await world.run(each);
        await world.settle();
        world.check();
        const outcome = world.outcome();
        for (const key of Object.keys(seen) as (keyof typeof seen)[]) seen[key] += outcome[key];
        await world.close();
      },
    ),
    {
      numRuns: histories,
      seed,
      path: process.env["PARLEY_MODEL_PATH"] ?? "",
      endOnFailure: process.env["PARLEY_MODEL_SHRINK"] === undefined,
    },
  );
  console.log(`model on ${name}: ${histories} histories, seed ${seed}`, JSON.stringify(seen));
  // The histories would prove nothing if they never came to the cases that matter.
  for (const [kind, count] of Object.entries(seen)) expect(count, kind).toBeGreaterThanOrEqual(least(kind));
}
