/**
 * Makes a release of the changesets: raises the versions, writes the changelogs, of the packages by changesets and of
 * the repository from the same notes, and renews the contract that `buf breaking` compares with.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { waitingNotes, withRelease } from "./changelog.ts";
import { readManifest } from "./manifest.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

function run(command: string, ...args: readonly string[]): void {
  const { status } = spawnSync(command, args, { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

// `changeset version` deletes them.
const notes = waitingNotes(root);
run("changeset", "version");
const { version } = readManifest("server");
const changelog = `${root}CHANGELOG.md`;
const date = new Date().toISOString().slice(0, 10);
writeFileSync(changelog, withRelease(readFileSync(changelog, "utf8"), { version, date, notes }));
run("npm", "install", "--package-lock-only");
run("npm", "run", "proto:publish");
