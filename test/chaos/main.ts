/**
 * Breaks what can break under a service in use, and holds every signal to the promise: real nodes, a real Redis,
 * real clients, and a book of every signal at both ends.
 *
 *     npm run chaos                       all scenarios, some minutes each; writes docs/chaos.md; then the drains
 *     npm run chaos -- --short            the same in small, for CI: some minutes; while a scenario waits for the
 *                                         windows of its dead to end, the next one begins
 *     npm run chaos -- --only 1 --seed 7  one scenario, or one kind (3), as it was before
 */

import process from "node:process";
import { parseArgs } from "node:util";
import { debianPackage, findProgram } from "../../scripts/programs.ts";
import { playDrains } from "./drains/run.ts";
import type { Scenario } from "./drama.ts";
import { long, short } from "./profile.ts";
import { printOutcome, writePage } from "./report.ts";
import { type Outcome, runScenario } from "./run-scenario.ts";
import { scenarios } from "./scenarios/index.ts";

const { values } = parseArgs({
  options: {
    short: { type: "boolean", default: false },
    only: { type: "string", multiple: true },
    seed: { type: "string" },
  },
});

const profile = values.short ? short : long;
const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000));
if (!Number.isSafeInteger(seed) || seed < 0) throw new Error("--seed is a whole number");
const chosen = scenarios.filter(({ id }) => values.only?.some((only) => id.startsWith(only)) ?? true);
if (chosen.length === 0) throw new Error(`--only is one of ${scenarios.map(({ id }) => id).join(", ")}`);
for (const program of ["redis-server", "faketime", "mosquitto"])
  if (findProgram(program) === undefined)
    throw new Error(`${program} is needed; the Debian package is ${debianPackage(program)}`);

const abort = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => abort.abort());

console.log(`${profile.peers} peers; --seed ${seed}`);
/** What came of each scenario; undefined if it could not be played to its end. */
const outcomes = new Map<Scenario, Outcome | undefined>();
const began = Date.now();

async function play(scenario: Scenario, quiet: () => void): Promise<void> {
  try {
    const outcome = await runScenario(scenario, profile, seed, abort.signal, quiet);
    printOutcome(outcome);
    outcomes.set(scenario, outcome);
  } catch (error) {
    outcomes.set(scenario, undefined);
    console.log(`\n${scenario.id}  ${scenario.name}`);
    console.log(`  FAILED: ${error instanceof Error ? error.stack : error}`);
  }
}

/** In full, it ends with `npm run drains`. */
async function drains(): Promise<number> {
  console.log("\nDrains under the channels of backends");
  return abort.signal.aborted ? 0 : await playDrains(false);
}

/** The scenarios that failed. */
function failures(): Scenario[] {
  return [...outcomes].filter(([, outcome]) => outcome?.failures.length !== 0).map(([scenario]) => scenario);
}

const played: Promise<void>[] = [];
for (const scenario of chosen) {
  await played.at(-profile.atOnce);
  if (abort.signal.aborted) break;
  console.log(`\n${scenario.id} begins`);
  const { promise: quiet, resolve } = Promise.withResolvers<void>();
  const end = play(scenario, resolve);
  played.push(end);
  await Promise.race([quiet, end]);
}
await Promise.all(played);
// In small, scenarios share the machine: what only took too long is played again by itself. A broken promise counts.
const late =
  profile === short ? failures().filter((scenario) => outcomes.get(scenario)?.promiseKept !== false) : [];
for (const scenario of abort.signal.aborted ? [] : late) {
  console.log(`\n${scenario.id} failed and is played again by itself`);
  await play(scenario, () => {});
}
const complete = [...outcomes.values()].filter((outcome) => outcome !== undefined);
if (complete.length === scenarios.length && profile === long) await writePage(complete, profile);
const drainsFailed = profile === long && values.only === undefined ? await drains() : 0;
const minutes = ((Date.now() - began) / 60_000).toFixed(1);
const failed = failures().length;
const again = late.length > 0 ? `; ${late.length} played twice` : "";
console.log(`\n${chosen.length - failed} passed, ${failed} failed${again}, in ${minutes} minutes`);
process.exitCode = abort.signal.aborted ? 130 : failed + drainsFailed > 0 ? 1 : 0;
