/**
 * Checks the contract: buf lint, no breaking change against the published contract, and generated code that is up to date.
 *
 * The base is the published contract, an image of buf: `npm run proto:publish` renews it at a release.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
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
    const files = ["parley/v1/signaling_pb.ts", "google/rpc/error_details_pb.ts"];
    const stale = files.filter(
      (file) =>
        readFileSync(join("proto", file), "utf8") !== readFileSync(join(folder, "proto", file), "utf8"),
    );
    for (const file of stale) console.error(`proto/${file} is out of date: npm run proto`);
    return stale.length === 0;
  } finally {
    rmSync(folder, { recursive: true });
  }
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
