import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const cache = join(root, ".cache", "vectors");

/** The versions that are collected from; the vectors say which. */
const nodePackages = ["node-datachannel@0.33.4", "werift@0.25.2", "@roamhq/wrtc@0.10.0"];
const pythonPackages = ["aiortc==1.16.0"];

/** Runs a program, and returns what it prints. */
export function run(program: string, args: readonly string[], cwd = root): string {
  const { status, stdout, error } = spawnSync(program, args, {
    cwd,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")}: ${error?.message ?? `status ${status}`}`);
  return stdout;
}

/** The folder in which the stacks for Node are installed, beside the project and not in it. */
export function nodeStacks(): string {
  const folder = join(cache, "node");
  mkdirSync(folder, { recursive: true });
  if (!existsSync(join(folder, "package.json")))
    writeFileSync(join(folder, "package.json"), '{"private":true}\n');
  copyFileSync(join(root, ".npmrc"), join(folder, ".npmrc"));
  run("npm", ["install", "--no-package-lock", ...nodePackages], folder);
  return folder;
}

/** A Python in which aiortc is installed. */
export function pythonWithAiortc(): string {
  const folder = join(cache, "python");
  const python = join(folder, "bin", "python");
  if (!existsSync(python)) run("python3", ["-m", "venv", folder]);
  run(python, ["-m", "pip", "install", "--quiet", ...pythonPackages]);
  return python;
}
