/**
 * Checks the packages as an outsider gets them: packed, and installed outside of this repository. Needs Chromium.
 *
 *     npm run build && node test/packages/run.ts [words that the names of the checks must contain]
 */
import process from "node:process";
import { launchChromium } from "../browser/chromium.ts";
import { Program } from "../interop/program.ts";
import { exampleChecks } from "./checks/examples.ts";
import { metadataChecks } from "./checks/metadata.ts";
import { nodeAppChecks } from "./checks/node-apps.ts";
import { webAppChecks } from "./checks/web-apps.ts";
import { environment, Workshop } from "./workshop.ts";

const words = process.argv.slice(2);
const checks = [...metadataChecks, ...nodeAppChecks, ...webAppChecks, ...exampleChecks].filter(({ name }) =>
  words.every((word) => name.includes(word)),
);

let passed = 0;
let failed = 0;

async function attempt(name: string, work: () => Promise<void>): Promise<void> {
  const began = performance.now();
  try {
    await work();
    passed++;
    console.log(`passed  ${name} (${((performance.now() - began) / 1000).toFixed(1)} s)`);
  } catch (error) {
    failed++;
    console.log(`FAILED  ${name}\n${error instanceof Error ? error.message : error}`);
  }
}

using workshop = new Workshop();
await using browser = await launchChromium();
const { contract, server } = workshop.tarballs;
// From an empty folder, in one command. npm takes the contract from its tarball too, since it is not published yet.
const command = `exec npx -y -p ${contract} -p ${server} parley serve --port 0 --drain 0`;
await using service = new Program("the server", command, workshop.room("server"), environment);
const serviceUrl = /http:\S+/.exec(await service.transcript.line(/ is at http:/))?.[0] ?? "";

await attempt("npx serves the demo page from an empty folder", async () => {
  const response = await fetch(serviceUrl);
  const text = await response.text();
  if (!response.ok || !text.includes("<title>")) throw new Error(`${response.status}: ${text.slice(0, 200)}`);
});
for (const { name, run } of checks) {
  await attempt(name, () => run({ workshop, browser, serviceUrl }));
}
console.log(`${passed} passed, ${failed} failed`);
if (failed > 0) process.exitCode = 1;
