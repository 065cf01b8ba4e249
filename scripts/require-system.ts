/**
 * Makes sure that the programs named on the command line are on this machine: installs what is missing where it
 * can (root on Debian or Ubuntu), and says exactly what to install where it cannot.
 *
 *     node scripts/require-system.ts chromium redis-server
 */
import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";

/** By program: other names it goes by, and the Debian package that brings it. */
const known: Readonly<Record<string, { readonly names: readonly string[]; readonly debian: string }>> = {
  chromium: { names: ["chromium", "chromium-browser", "google-chrome"], debian: "chromium" },
  "redis-server": { names: ["redis-server", "valkey-server"], debian: "redis-server" },
  turnserver: { names: ["turnserver"], debian: "coturn" },
  nginx: { names: ["nginx"], debian: "nginx" },
  haproxy: { names: ["haproxy"], debian: "haproxy" },
  caddy: { names: ["caddy"], debian: "caddy" },
};

function isInstalled(names: readonly string[]): boolean {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/bin", "/usr/sbin", "/snap/bin"];
  return folders.some((folder) =>
    names.some((name) => {
      try {
        accessSync(join(folder, name), constants.X_OK);
        return true;
      } catch {
        return false;
      }
    }),
  );
}

function run(command: string, ...args: string[]): boolean {
  const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  return spawnSync(command, args, { stdio: ["ignore", "inherit", "inherit"], env: environment }).status === 0;
}

const missing = process.argv.slice(2).filter((program) => !isInstalled(known[program]?.names ?? [program]));
if (missing.length > 0) {
  const packages = missing.map((program) => known[program]?.debian ?? program);
  const canInstall = process.getuid?.() === 0 && isInstalled(["apt-get"]);
  console.log(`missing: ${missing.join(", ")}`);
  const installed =
    canInstall &&
    run("apt-get", "update", "-qq") &&
    run("apt-get", "install", "-y", "-qq", "--no-install-recommends", ...packages);
  if (!installed || missing.some((program) => !isInstalled(known[program]?.names ?? [program]))) {
    console.error(
      `Install these first, for example on Debian or Ubuntu:\n  sudo apt-get install ${packages.join(" ")}`,
    );
    process.exitCode = 1;
  }
}
