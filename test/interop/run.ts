/**
 * Connects WebRTC stacks with one another through a live server: the examples (pion in Go, aiortc in Python, werift in
 * Node), by the two commands of their READMEs, and this repository's client with node-datachannel and in Chromium. What
 * is not installed is named and left out.
 *
 *     node test/interop/run.ts [words that the names of the runs must contain]
 */
import process from "node:process";
import { pagesOf, startBrowser } from "./browser-page.ts";
import { Example, environment, joined } from "./example.ts";
import { startServer } from "./live-server.ts";
import { Program } from "./program.ts";
import { connect, cutAnswer, cutOffer, restart } from "./scenarios.ts";
import type { Stack } from "./stack.ts";

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

/** Plays one thing, and counts and reports how it went. */
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

const nodeDatachannel: Stack = {
  name: "node-datachannel",
  join: (server, room) => {
    const command = `exec node node-datachannel-peer.ts --server ${server} --room ${room}`;
    return joined(new Program("node-datachannel", command, import.meta.dirname, environment));
  },
};

await using stack = new AsyncDisposableStack();
const server = stack.use(await startServer());
const browser = await startBrowser();
if (browser === undefined) skipped.push("chromium");
else stack.defer(() => browser.close());
const pages = browser === undefined ? [] : [await pagesOf(browser)];
const stacks: Stack[] = [...examples, nodeDatachannel, ...pages];

const runs: Run[] = [];
for (const first of stacks) {
  for (const second of stacks) {
    if (first === second) continue;
    runs.push(
      {
        name: `${first.name} offers to ${second.name}`,
        play: (room) => connect(server, room, first, second),
      },
      {
        name: `${first.name} offers to ${second.name}, and is cut off`,
        play: (room) => cutOffer(server, room, first, second),
      },
      {
        name: `${first.name} offers to ${second.name}, which is cut off`,
        play: (room) => cutAnswer(server, room, first, second),
      },
    );
  }
}
runs.push({ name: "the server restarts under the examples", play: (room) => restart(room, examples) });

const words = process.argv.slice(2);
for (const [index, { name, play }] of runs.entries()) {
  if (words.every((word) => name.includes(word))) await attempt(name, () => play(`interop-${index}`));
}
if (skipped.length > 0) console.log(`not run, because it is not installed: ${skipped.join(", ")}`);
console.log(`${passed} passed, ${failed} failed`);
if (failed > 0) process.exitCode = 1;
