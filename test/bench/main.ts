// npm run bench [-- --quick] [--only call-set-up,idle-memory,websocket,tcp,growth,storm,redis,join]
// What is measured replaces the results in docs/performance.json, part by part, but for --quick.
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { openFilesLimit } from "../../server/src/net/open-files.ts";
import { cores, pin } from "./cores.ts";
import { kinds } from "./kinds.ts";
import { measureCallSetUp } from "./parts/call-set-up.ts";
import { measureGrowth } from "./parts/growth.ts";
import { measureIdleMemory } from "./parts/idle-memory.ts";
import { measureJoin } from "./parts/join.ts";
import type { Effort } from "./parts/part.ts";
import { measureSharedRedis } from "./parts/shared-redis.ts";
import { measureStorm } from "./parts/storm.ts";
import { measureTcp } from "./parts/tcp.ts";
import { measureWebSocket } from "./parts/websocket.ts";
import { callPlot, reportPage } from "./report.ts";
import { Results } from "./results.ts";

const parts = {
  "call-set-up": measureCallSetUp,
  "idle-memory": measureIdleMemory,
  websocket: measureWebSocket,
  tcp: measureTcp,
  growth: measureGrowth,
  storm: measureStorm,
  redis: measureSharedRedis,
  join: measureJoin,
};

/** 20,000, or fewer if the process of a server may not open as many files with some to spare. */
function crowdFor(openFiles = 0): number {
  return Math.min(20_000, Math.floor(openFiles * 0.9));
}

const { values } = parseArgs({ options: { quick: { type: "boolean" }, only: { type: "string" } } });
const effort: Effort = values.quick
  ? { rounds: 1, callRounds: 1, seconds: 2, idlePeers: 1000, crowd: 2000, growth: [0, 2000] }
  : {
      rounds: 3,
      callRounds: 5,
      seconds: 3,
      idlePeers: 5000,
      crowd: crowdFor(openFilesLimit()),
      growth: [0, 2000, 10_000],
    };
const chosen = values.only?.split(",") ?? Object.keys(parts);
const unknown = chosen.filter((name) => !(name in parts));
if (unknown.length > 0) throw new Error(`there is no part ${unknown.join(", ")}`);

// The servers have a core for themselves.
pin(process.pid, cores.clients);
const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const text = (path: string) => readFileSync(file(path), "utf8");
const results = Results.read(file("../../docs/performance.json"));
for (const [name, measure] of Object.entries(parts)) {
  if (!chosen.includes(name)) continue;
  results.set(name, await measure(effort, (line) => console.log(line)));
  // Not at the end: a part that fails must not take the others with it.
  if (!values.quick) results.write();
}

const measured = results.inOrder(Object.keys(parts));
const page = reportPage(measured, text("method.md"), text("notes.md"));
console.log(page);
// What was measured in a hurry is for the one who asked.
if (!values.quick) {
  writeFileSync(file("../../docs/performance.md"), page);
  const titles = Object.fromEntries(Object.entries(kinds).map(([name, { title }]) => [name, title]));
  writeFileSync(file("../../docs/images/call-cpu.svg"), callPlot(measured, titles));
}
process.exit(0);
