import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = join(root, ".cache", "tools");

/** By the name of the program: the Go package that it is built from, and the version. */
const packages = {
  grpcurl: { path: "github.com/fullstorydev/grpcurl/cmd/grpcurl", version: "v1.9.4" },
  "grpc-health-probe": { path: "github.com/grpc-ecosystem/grpc-health-probe", version: "v0.4.62" },
  ghz: { path: "github.com/bojand/ghz/cmd/ghz", version: "v0.93.0" },
} as const;

export type GoTool = keyof typeof packages;

export function goIsInstalled(): boolean {
  return spawnSync("go", ["version"]).status === 0;
}

/** The folders of all tools, for a PATH. */
export function goToolFolders(): string[] {
  return (Object.keys(packages) as GoTool[]).map((name) => dirname(goTool(name)));
}

/** The path of a tool, built on first use and kept in .cache/. */
export function goTool(name: GoTool): string {
  const { path, version } = packages[name];
  const home = join(folder, `${name}-${version}`);
  const program = join(home, name);
  if (existsSync(program)) return program;
  mkdirSync(home, { recursive: true });
  console.error(`building ${path}@${version}`);
  const { status, stderr } = spawnSync("go", ["install", `${path}@${version}`], {
    cwd: home,
    env: { ...process.env, GOBIN: home },
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`go install ${path}@${version} failed:\n${stderr}`);
  return program;
}
