import { spawnSync } from "node:child_process";
import { renameSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import process from "node:process";

/** Packs a built package into `<name without scope>.tgz` beside it, which npm installs from anywhere. */
export function packTarball(folder: string, name: string): void {
  const destination = dirname(folder);
  const args = ["pack", "--silent", "--pack-destination", destination];
  const { status, stdout } = spawnSync("npm", args, { cwd: folder, encoding: "utf8" });
  if (status !== 0) process.exit(status ?? 1);
  renameSync(join(destination, stdout.trim()), join(destination, `${basename(name)}.tgz`));
}
