/**
 * Runs the public conformance suite of Connect (github.com/connectrpc/conformance) against the wire: every
 * server case of the features in config.yaml. The suite is a Go module; it is fetched and built in .cache/.
 *
 *     node test/conformance/run.ts [options of connectconformance, such as --run '**' or --trace]
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const module = "connectrpc.com/conformance";
const version = "v1.0.7";
const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = join(root, ".cache", "conformance", version);
const here = (name: string) => join(root, "test", "conformance", name);

/** Runs a program to its end; its standard output, or an error with all it said. */
function run(command: string, args: readonly string[], environment: Record<string, string> = {}): string {
  const options = { cwd: folder, encoding: "utf8" as const, env: { ...process.env, ...environment } };
  const { status, stdout, stderr, error } = spawnSync(command, args, options);
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status}:\n${stdout}${stderr}`);
  return stdout;
}

function goIsInstalled(): boolean {
  return spawnSync("go", ["version"]).status === 0;
}

/** Builds the runner and reads its protos, unless that has been done; the paths of both. */
function prepare(): { runner: string; descriptors: string } {
  mkdirSync(folder, { recursive: true });
  const runner = join(folder, process.platform === "win32" ? "connectconformance.exe" : "connectconformance");
  const descriptors = join(folder, "suite.binpb");
  if (!existsSync(runner)) {
    console.error(`conformance: building ${module}@${version}`);
    run("go", ["install", `${module}/cmd/connectconformance@${version}`], { GOBIN: folder });
  }
  if (!existsSync(descriptors)) {
    const { Dir: source }: { Dir: string } = JSON.parse(
      run("go", ["mod", "download", "-json", `${module}@${version}`]),
    );
    const buf = join(root, "node_modules", ".bin", "buf");
    run(buf, ["build", join(source, "proto"), "--as-file-descriptor-set", "-o", descriptors]);
  }
  return { runner, descriptors };
}

/** Plays the suite, prints what it says, and returns its status. */
function play(selection: readonly string[]): number {
  const { runner, descriptors } = prepare();
  const options = ["--mode", "server", "--conf", here("config.yaml"), ...selection];
  const server = [process.execPath, here("server.ts"), descriptors];
  const { status, error } = spawnSync(runner, [...options, "--", ...server], { cwd: root, stdio: "inherit" });
  if (error !== undefined) throw error;
  return status ?? 1;
}

if (goIsInstalled()) process.exitCode = play(process.argv.slice(2));
else console.error("conformance: not run, Go is not installed");
