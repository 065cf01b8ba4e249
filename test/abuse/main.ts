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
import type { Attack, Engine } from "./attack.ts";
import { printOutcome, writePage } from "./report.ts";
import { type Outcome, runAttack } from "./run-attack.ts";
import { attacks } from "./scenarios/index.ts";

const { values } = parseArgs({
  options: { short: { type: "boolean", default: false }, only: { type: "string", multiple: true } },
});

const { only } = values;
const chosen = only === undefined ? attacks : attacks.filter(({ id }) => only.includes(id));
if (chosen.length === 0) throw new Error(`--only is one of ${attacks.map(({ id }) => id).join(", ")}`);

const began = Date.now();
const outcomes: Outcome[] = [];
let failed = 0;
let again = 0;
const runs = chosen.flatMap(runsOf);
for (const run of runs) {
  let passed = await play(run);
  if (!passed && values.short) {
    // On a shared machine, what else runs can slow the honest peers; twice in a row is no coincidence.
    console.log("  It failed and is run again.");
    again++;
    passed = await play(run);
  }
  if (!passed) failed++;
}
if (!values.short && chosen === attacks && outcomes.length === runs.length) await writePage(outcomes);
const seconds = ((Date.now() - began) / 1000).toFixed(0);
const twice = again > 0 ? `; ${again} run twice` : "";
console.log(`\n${runs.length - failed} passed, ${failed} failed${twice}, in ${seconds} s`);
process.exitCode = failed > 0 ? 1 : 0;

/** Runs an attack, prints what came of it, and returns whether the node held. */
async function play({ attack, engine }: ReturnType<typeof runsOf>[number]): Promise<boolean> {
  console.log(`\n${attack.id}: ${attack.name}`);
  try {
    const outcome = await runAttack(attack, engine, values.short ? "short" : "full");
    printOutcome(outcome);
    outcomes.push(outcome);
    return outcome.failures.length === 0;
  } catch (error) {
    console.log(`  FAILED: ${error instanceof Error ? error.stack : error}`);
    return false;
  }
}

/** An attack is run once for each engine. */
function runsOf(attack: Attack): { attack: Attack; engine: Engine }[] {
  const { engines = ["memory"], name } = attack;
  return engines.map((engine) => ({
    attack: engine === "memory" ? attack : { ...attack, name: `${name}, with Redis` },
    engine,
  }));
}
