/**
 * Checks the contract: buf lint, no breaking change against the published contract, and generated code that is up to date.
 *
 * The base is the published contract, an image of buf: `npm run proto:publish` renews it at a release.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

function run(command: string, args: readonly string[]): boolean {
  console.log(`$ ${command} ${args.join(" ")}`);
  return spawnSync(command, args, { stdio: "inherit" }).status === 0;
}

function checkFresh(): boolean {
  const folder = mkdtempSync(join(tmpdir(), "parley-proto-"));
  try {
    if (!run("buf", ["generate", "--output", folder])) return false;
    const generated = join(folder, "proto");
    const files = readdirSync(generated, { recursive: true, encoding: "utf8" }).filter((file) =>
      /_(pb|plain)\.ts$/.test(file),
    );
    const stale = files.filter(
      (file) => readIfThere(join("proto", file)) !== readFileSync(join(generated, file), "utf8"),
    );
    for (const file of stale) console.error(`proto/${file} is out of date: npm run proto`);
    return stale.length === 0;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function readIfThere(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

if (
  ![
    run("buf", ["lint"]),
    run("buf", ["format", "--exit-code", "--diff", "proto"]),
    run("buf", ["breaking", "--against", "proto/published.binpb"]),
    checkFresh(),
  ].every(Boolean)
)
  process.exitCode = 1;
