/**
 * Collects what WebRTC stacks really send, for test/vectors/*.json: addresses replaced by those for documentation,
 * all else as it is. Needs Chromium, Firefox, Python and Go; installs the stacks themselves into .cache/.
 *
 *     npm run vectors                  every stack
 *     npm run vectors -- pion werift   some
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { Vectors } from "../vector.ts";
import { Anonymizer } from "./anonymous.ts";
import { collectChromium, collectFirefox } from "./browsers.ts";
import { nodeStacks, pythonWithAiortc, run } from "./installed.ts";

const here = fileURLToPath(new URL(".", import.meta.url));

function collectNode(name: string): Vectors {
  return JSON.parse(run(process.execPath, [join(here, "node-stack.ts"), name, nodeStacks()]));
}

const stacks: Readonly<Record<string, () => Vectors | Promise<Vectors>>> = {
  chromium: collectChromium,
  firefox: collectFirefox,
  "node-datachannel": () => collectNode("node-datachannel"),
  werift: () => collectNode("werift"),
  wrtc: () => collectNode("@roamhq/wrtc"),
  aiortc: () => JSON.parse(run(pythonWithAiortc(), [join(here, "collect-aiortc.py")])),
  pion: () => JSON.parse(run("go", ["run", "."], join(here, "pion"))),
};

function anonymous({ scenarios, ...rest }: Vectors): Vectors {
  const anonymizer = new Anonymizer();
  const entries = Object.entries(scenarios).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    ...rest,
    scenarios: Object.fromEntries(
      entries.map(([name, signals]) => [name, signals.map((signal) => anonymizer.signal(signal))]),
    ),
  };
}

const wanted = process.argv.slice(2);
for (const name of wanted.length > 0 ? wanted : Object.keys(stacks)) {
  const collect = stacks[name];
  if (collect === undefined) throw new Error(`${name} is none of ${Object.keys(stacks).join(", ")}`);
  const vectors = anonymous(await collect());
  writeFileSync(join(here, "..", `${name}.json`), `${JSON.stringify(vectors, null, 1)}\n`);
  const count = Object.values(vectors.scenarios).flat().length;
  console.log(
    `${name} ${vectors.version}: ${Object.keys(vectors.scenarios).length} scenarios, ${count} signals`,
  );
  for (const [scenario, cause] of Object.entries(vectors.unsupported))
    console.log(`  without ${scenario}: ${cause}`);
}
