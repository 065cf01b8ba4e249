/**
 * Attacks a node as a client without credentials could, beside two honest peers, and checks that the node stays
 * alive, within its limits and quick, and recovers by itself.
 *
 *     npm run abuse                           every attack; under five minutes; writes docs/abuse.md
 *     npm run abuse -- --short                the same on a smaller scale, for CI
 *     npm run abuse -- --only aborted-gets    one attack
 */

import process from "node:process";
import { parseArgs } from "node:util";
import { printOutcome, writePage } from "./report.ts";
import { type Outcome, runAttack } from "./run-attack.ts";
import { attacks } from "./scenarios/index.ts";

const { values } = parseArgs({
  options: { short: { type: "boolean", default: false }, only: { type: "string", multiple: true } },
});

const chosen = attacks.filter(({ id }) => values.only?.includes(id) ?? true);
if (chosen.length === 0) throw new Error(`--only is one of ${attacks.map(({ id }) => id).join(", ")}`);

const began = Date.now();
const outcomes: Outcome[] = [];
let failed = 0;
for (const attack of chosen) {
  console.log(`\n${attack.id}: ${attack.name}`);
  try {
    const outcome = await runAttack(attack, values.short ? "short" : "full");
    printOutcome(outcome);
    outcomes.push(outcome);
    if (outcome.failures.length > 0) failed++;
  } catch (error) {
    failed++;
    console.log(`  FAILED: ${error instanceof Error ? error.stack : error}`);
  }
}
if (!values.short && outcomes.length === attacks.length) await writePage(outcomes);
const seconds = ((Date.now() - began) / 1000).toFixed(0);
console.log(`\n${chosen.length - failed} passed, ${failed} failed, in ${seconds} s`);
process.exitCode = failed > 0 ? 1 : 0;
