/**
 * Makes sure that the programs named on the command line are on this machine: installs what is missing where it
 * can (root on Debian or Ubuntu), and says exactly what to install where it cannot.
 *
 *     node scripts/require-system.ts chromium redis-server
 */
import { spawnSync } from "node:child_process";
import process from "node:process";
import { debianPackage, findProgram } from "./programs.ts";

function run(command: string, ...args: string[]): boolean {
  const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  return spawnSync(command, args, { stdio: ["ignore", "inherit", "inherit"], env: environment }).status === 0;
}

const missing = process.argv.slice(2).filter((program) => findProgram(program) === undefined);
if (missing.length > 0) {
  const packages = missing.flatMap((program) => debianPackage(program).split(" "));
  const canInstall = process.getuid?.() === 0 && findProgram("apt-get") !== undefined;
  console.log(`missing: ${missing.join(", ")}`);
  const installed =
    canInstall &&
    run("apt-get", "update", "-qq") &&
    run("apt-get", "install", "-y", "-qq", "--no-install-recommends", ...packages);
  if (!installed || missing.some((program) => findProgram(program) === undefined)) {
    console.error(
      `Install these first, for example on Debian or Ubuntu:\n  sudo apt-get install ${packages.join(" ")}`,
    );
    process.exitCode = 1;
  }
}
