/**
 * Runs what calls must survive, many times in every order of browsers, and writes docs/browsers.md.
 *
 *     npm run full -- --times 30 --beside 5 --only sleep
 */
import { parseArgs } from "node:util";
import { orders } from "../orders.ts";
import { TestSite } from "../test-site.ts";
import { Relay } from "./relay.ts";
import { record } from "./results.ts";
import { scenarios } from "./scenarios.ts";
import { ServiceProcess } from "./service-process.ts";
import { type Outcome, Trial } from "./trial.ts";

const { values } = parseArgs({
  options: {
    times: { type: "string", default: "30" },
    /** How many calls go on at once. */
    beside: { type: "string", default: "5" },
    /** A part of the name of the scenarios to run; the results of the others stay. */
    only: { type: "string", default: "" },
  },
});
const times = Number(values.times);
const beside = Number(values.beside);

await using service = await ServiceProcess.start(8_197);
await using relay = await Relay.start(3_497);
const site = await TestSite.start();

for (const scenario of scenarios.filter(({ name }) => name.includes(values.only))) {
  for (const order of orders) {
    const outcomes: Outcome[] = [];
    while (outcomes.length < times) {
      await using trial = await Trial.start(order, service, relay, site);
      try {
        await trial.begin(Math.min(beside, times - outcomes.length), scenario);
        await scenario.happen(trial);
        outcomes.push(...(await trial.outcomes(scenario)));
      } catch (error) {
        for (const _call of trial.calls) outcomes.push({ faults: [String(error)], gapMs: 0, rebuilds: 0 });
      }
    }
    record({ scenario: scenario.name, untouched: scenario.untouched, order, outcomes });
    const faults = outcomes.flatMap((outcome) => outcome.faults);
    console.log(`${scenario.name}, ${order.join(" → ")}: ${outcomes.length} calls, ${faults.length} faults`);
    for (const fault of faults) console.log(`  ${fault}`);
    if (faults.length > 0) process.exitCode = 1;
  }
}
await site.close();
