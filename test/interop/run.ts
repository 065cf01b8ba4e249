/**
 * Runs the examples against a live server, with one another and with a page in Chromium, by the two commands of
 * their READMEs. What is not installed is named and left out.
 *
 *     node test/interop/run.ts [words that the names of the runs must contain]
 */
import process from "node:process";
import { bundlePageSide, startBrowser } from "./browser-page.ts";
import { Example } from "./example.ts";
import { startServer } from "./live-server.ts";
import { cutWhileSending, cutWhileTold, pair, restart, withPage } from "./scenarios.ts";

interface Run {
  readonly name: string;
  play(room: string): Promise<void>;
}

const pythonVersion = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))";
const all = [
  new Example("node", { toolchain: ["node", "--version"], check: "npm run typecheck" }),
  new Example("go", { toolchain: ["go", "list", "-m"], check: 'go vet . && test -z "$(gofmt -l *.go)"' }),
  new Example("python", {
    toolchain: ["python3", "-c", pythonVersion],
    check: ".venv/bin/python -W error -m compileall -q -f *.py",
  }),
];

const installed = all.filter((example) => example.installed);
const skipped = all.filter((example) => !installed.includes(example)).map(({ name }) => name);
let passed = 0;
let failed = 0;

/** Plays one thing, and counts and tells how it went. */
async function attempt(name: string, play: () => Promise<void>): Promise<boolean> {
  const began = performance.now();
  const [word, error] = await play().then(
    () => ["passed", undefined] as const,
    (error: unknown) => ["FAILED", error] as const,
  );
  console.log(`${word}  ${name.padEnd(66)} ${((performance.now() - began) / 1000).toFixed(1).padStart(5)} s`);
  if (word === "FAILED") console.log(error instanceof Error ? error.stack : error);
  if (word === "FAILED") failed++;
  else passed++;
  return word === "passed";
}

const examples: Example[] = [];
for (const example of installed) {
  if (!(await attempt(`${example.name}: generate and install`, () => example.prepare()))) continue;
  examples.push(example);
  await attempt(`${example.name}: check`, () => example.check());
}

await using stack = new AsyncDisposableStack();
const server = stack.use(await startServer());
const browser = await startBrowser();
if (browser === undefined) skipped.push("chromium");
else stack.defer(() => browser.close());

const runs: Run[] = [];
for (const [index, first] of examples.entries()) {
  const second = examples[(index + 1) % examples.length] ?? first;
  if (second === first) continue;
  const names = `${first.name} and ${second.name}`;
  runs.push(
    { name: `${names}: ${first.name} offers`, play: (room) => pair(server, room, first, second) },
    { name: `${names}: ${second.name} offers`, play: (room) => pair(server, room, second, first) },
    {
      name: `${names}: ${first.name} is cut off while it sends`,
      play: (room) => cutWhileSending(server, room, first, second),
    },
    {
      name: `${names}: ${first.name} is cut off while it is told`,
      play: (room) => cutWhileTold(server, room, first, second),
    },
  );
}
if (browser !== undefined) {
  const script = await bundlePageSide();
  for (const example of examples) {
    // Only the example for Node has a WebRTC stack behind its descriptions.
    const connects = example.name === "node";
    const what = connects ? ", and a channel opens" : "";
    for (const pageOffers of [true, false]) {
      runs.push({
        name: `${example.name} and a page: ${pageOffers ? "the page" : example.name} offers${what}`,
        play: (room) => withPage(server, room, example, { browser, script }, { pageOffers, connects }),
      });
    }
  }
}
if (examples.length > 1)
  runs.push({ name: "all through a restart of the server", play: (room) => restart(room, examples) });

const words = process.argv.slice(2);
const chosen = runs.filter(({ name }) => words.every((word) => name.includes(word)));
for (const [index, { name, play }] of chosen.entries()) await attempt(name, () => play(`interop-${index}`));
for (const name of skipped) console.log(`skipped ${name}: not installed`);
console.log(`${passed} passed, ${failed} failed`);
if (failed > 0) process.exitCode = 1;
