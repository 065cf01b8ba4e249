/** Publishes the packages that `npm run build` made, except those whose version npm has already. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { packageSources } from "./sources.ts";

for (const { folder } of packageSources) {
  const target = join("dist", "packages", folder);
  const { name, version } = JSON.parse(readFileSync(join(target, "package.json"), "utf8"));
  if (
    spawnSync("npm", ["view", `${name}@${version}`, "version"], { encoding: "utf8" }).stdout.trim() !== ""
  ) {
    console.log(`${name}@${version} is published already`);
    continue;
  }
  const { status } = spawnSync("npm", ["publish", target, "--access", "public"], { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
