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
import { cutInTheMiddle, pair, restart, withPage } from "./scenarios.ts";

interface Run {
  readonly name: string;
  play(room: string): Promise<void>;
}

const pythonVersion = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))";
const all = [
  new Example("node", ["node", "--version"]),
  new Example("go", ["go", "list", "-m"]),
  new Example("python", ["python3", "-c", pythonVersion]),
];

const examples = all.filter(({ installed }) => installed);
const skipped = all.filter((example) => !examples.includes(example)).map(({ name }) => name);
for (const example of examples) {
  const began = performance.now();
  await example.prepare();
  console.log(`prepared examples/${example.name} in ${seconds(began)}`);
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
      name: `${names}: ${first.name} is cut off twice`,
      play: (room) => cutInTheMiddle(server, room, first, second),
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
runs.push({ name: "all through a restart of the server", play: (room) => restart(room, examples) });

let passed = 0;
let failed = 0;
const words = process.argv.slice(2);
const chosen = runs.filter(({ name }) => words.every((word) => name.includes(word)));
for (const [index, { name, play }] of chosen.entries()) {
  const began = performance.now();
  try {
    await play(`interop-${index}`);
    passed++;
    console.log(`passed  ${name.padEnd(66)} ${seconds(began)}`);
  } catch (error) {
    failed++;
    console.log(`FAILED  ${name.padEnd(66)} ${seconds(began)}`);
    console.log(error instanceof Error ? error.stack : error);
  }
}
for (const name of skipped) console.log(`skipped ${name}: not installed`);
console.log(`${passed} passed, ${failed} failed`);
if (failed > 0) process.exitCode = 1;

function seconds(began: number): string {
  return `${((performance.now() - began) / 1000).toFixed(1)} s`.padStart(7);
}
