import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Example } from "../../interop/example.ts";
import { browserCrowd } from "./browser-crowd.ts";
import { connectNodeChannel, grpcJsChannel } from "./channel-transports.ts";
import type { Crowd, Place } from "./crowd.ts";
import { Drill, type DrillPlan } from "./drill.ts";
import { nodeCrowd } from "./node-crowd.ts";
import { type OutsideProgram, outsideCrowd } from "./outside-crowd.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const outside = fileURLToPath(new URL("outside", import.meta.url));

/** Builds the peers in Go instead of the example's main.go; undefined if Go is not installed. */
async function goProgram(): Promise<OutsideProgram | undefined> {
  const example = new Example("go", { toolchain: ["go", "list", "-m"], check: "" });
  if (!example.installed) return undefined;
  await example.prepare();
  const home = join(root, ".cache", "drains");
  mkdirSync(home, { recursive: true });
  const overlay = join(home, "overlay.json");
  const command = join(home, "peers");
  writeFileSync(
    overlay,
    JSON.stringify({ Replace: { [join(example.folder, "main.go")]: join(outside, "peers.go") } }),
  );
  const { status, stderr } = spawnSync("go", ["build", "-overlay", overlay, "-o", command, "."], {
    cwd: example.folder,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`go build failed:\n${stderr}`);
  return { name: "go", command, args: [], folder: outside };
}

/** Undefined if Python is not installed. */
async function pythonProgram(): Promise<OutsideProgram | undefined> {
  const example = new Example("python", {
    toolchain: ["python3", "-c", "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))"],
    check: "",
  });
  if (!example.installed) return undefined;
  await example.prepare();
  const command = join(example.folder, ".venv", "bin", "python");
  return { name: "python", command, args: [join(outside, "peers.py")], folder: outside };
}

async function crowdsOf(place: Place, programs: readonly OutsideProgram[]): Promise<Crowd[]> {
  const browser = await browserCrowd(place);
  return [
    nodeCrowd("connect-node", place, connectNodeChannel),
    nodeCrowd("grpc-js", place, grpcJsChannel),
    ...programs.map((program) => outsideCrowd(program, place)),
    ...(browser === undefined ? [] : [browser]),
  ];
}

/**
 * Plays drains of 5, 20 and 60 seconds and a rolling restart of three nodes, or in short one drain of 5 seconds, and
 * prints what came of each. Returns how many failed.
 */
export async function playDrains(short: boolean): Promise<number> {
  const programs = [await goProgram(), await pythonProgram()].filter((program) => program !== undefined);
  const drains = short ? [5] : [5, 20, 60];
  const plans: DrillPlan[] = drains.map((drainS) => ({ nodes: 2, drainS, rolling: false }));
  if (!short) plans.push({ nodes: 3, drainS: 5, rolling: true });
  let failed = 0;
  for (const plan of plans) if (!(await play(plan, programs))) failed++;
  return failed;
}

async function play(plan: DrillPlan, programs: readonly OutsideProgram[]): Promise<boolean> {
  await using drill = await Drill.start(plan);
  await using stack = new AsyncDisposableStack();
  const crowds = await crowdsOf(drill.place, programs);
  for (const crowd of crowds) stack.use(crowd);
  const { verdict, streams, failures } = await drill.run(crowds);
  const what = plan.rolling ? `a rolling restart of ${plan.nodes} nodes` : `a drain of ${plan.drainS} s`;
  const names = crowds.map(({ name }) => name).join(", ");
  console.log(`${failures.length === 0 ? "passed" : "FAILED"}  ${what}: ${names}`);
  console.log(
    `        ${verdict.sent} signals, ${verdict.lost} lost, ${verdict.resets} resets, ` +
      `longest without a stream ${streams.longestGapMs} ms`,
  );
  console.log(`        stopped: ${drill.stopped.join("; ")}`);
  for (const failure of failures) console.log(`        ${failure}`);
  return failures.length === 0;
}
