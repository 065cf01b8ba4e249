/**
 * Runs what calls must survive, many times in every order of browsers, and writes docs/browsers.md.
 *
 *     npm run full -- --times 30 --beside 5 --only sleep
 */
import { parseArgs } from "node:util";
import { freePort } from "../../redis/redis-server.ts";
import { orders } from "../orders.ts";
import { TestSite } from "../test-site.ts";
import { PagePool } from "./page-pool.ts";
import { Relay } from "./relay.ts";
import { record, recordSetUp } from "./results.ts";
import { scenarios } from "./scenarios.ts";
import { ServiceProcess } from "./service-process.ts";
import { measureSetUp, setUpName } from "./set-up-times.ts";
import { type Outcome, Trial } from "./trial.ts";

const { values } = parseArgs({
  options: {
    times: { type: "string", default: "30" },
    /** How many calls go on at once. */
    beside: { type: "string", default: "5" },
    /** A part of the rows to run, such as "sleep" or "firefox → firefox"; the results of the others stay. */
    only: { type: "string", default: "" },
  },
});
const times = Number(values.times);
const beside = Number(values.beside);

await using service = await ServiceProcess.start(await freePort());
await using relay = await Relay.start(await freePort());
const site = await TestSite.start();

for (const order of orders) {
  const isChosen = (name: string) => `${name}, ${order.join(" → ")}`.includes(values.only);
  const chosen = scenarios.filter(({ name }) => isChosen(name));
  if (chosen.length === 0 && !isChosen(setUpName)) continue;
  let pool = await PagePool.launch(order, site);
  if (isChosen(setUpName)) recordSetUp(await measureSetUp(pool, service, order, times));
  for (const scenario of chosen) {
    const outcomes: Outcome[] = [];
    let failedStarts = 0;
    while (outcomes.length < times) {
      const calls = Math.min(beside, times - outcomes.length);
      await using trial = new Trial(service, relay, pool);
      try {
        await trial.begin(calls, scenario);
        await scenario.happen(trial);
        outcomes.push(...(await trial.outcomes(scenario)));
      } catch (error) {
        // Calls that did not begin show nothing of what calls survive: they are made again, but not without end.
        if (trial.begun || ++failedStarts === 3) {
          outcomes.push(...Array(calls).fill({ faults: [String(error)], gapMs: 0, rebuilds: 0 }));
        } else {
          console.log(`made again: ${error}`);
        }
        // The next trial begins with everything as it was.
        relay.resume();
        await service.kill();
        await service.start();
        await pool[Symbol.asyncDispose]();
        pool = await PagePool.launch(order, site);
      }
    }
    record({ scenario: scenario.name, untouched: scenario.untouched, order, outcomes });
    const faults = outcomes.flatMap((outcome) => outcome.faults);
    console.log(`${scenario.name}, ${order.join(" → ")}: ${outcomes.length} calls, ${faults.length} faults`);
    for (const fault of faults) console.log(`  ${fault}`);
    if (faults.length > 0) process.exitCode = 1;
  }
  await pool[Symbol.asyncDispose]();
}
await site.close();
