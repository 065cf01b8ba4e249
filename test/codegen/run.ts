/**
 * Generates a client in each language from an empty folder, as a newcomer does: from this repository, and from
 * the folder `proto` of its last commit as a git address. Then compiles it beside the packages of googleapis.
 * Languages whose toolchain is not installed are named and left out.
 *
 *     node test/codegen/run.ts [language...]
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { type Language, languages } from "./languages.ts";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const fixtures = fileURLToPath(new URL("fixtures", import.meta.url));

function gitFolder(): string {
  const { stdout } = spawnSync("git", ["rev-parse", "--path-format=absolute", "--git-common-dir"], {
    cwd: repository,
    encoding: "utf8",
  });
  return stdout.trim();
}

function lastCommit(): string {
  return spawnSync("git", ["rev-parse", "HEAD"], { cwd: repository, encoding: "utf8" }).stdout.trim();
}

const inputs = [repository, `file://${gitFolder()}#subdir=proto,ref=${lastCommit()}`];

function shell(command: string, cwd: string, log = true): { ok: boolean; output: string } {
  const { status, stdout, stderr } = spawnSync("sh", ["-c", command], {
    cwd,
    encoding: "utf8",
    env: { ...process.env, PATH: `${join(cwd, "tools", "bin")}:${process.env["PATH"]}` },
  });
  if (status !== 0 && log) console.log(`$ ${command}\n${stdout}${stderr}`);
  return { ok: status === 0, output: stdout };
}

function check({ name, install, compile }: Language): boolean {
  const folder = mkdtempSync(join(tmpdir(), `parley-${name}-`));
  try {
    cpSync(join(fixtures, name), folder, { recursive: true });
    if (install !== undefined && !shell(install, folder).ok) return false;
    return inputs.every((input) => {
      if (!shell(`buf generate '${input}'`, folder).ok) return false;
      if (compile === undefined) return true;
      const { ok, output } = shell(compile, folder);
      if (ok && !output.includes("v=0")) console.log(`unexpected output: ${output}`);
      return ok && output.includes("v=0");
    });
  } finally {
    // Go makes its module cache read-only; nothing of it lies here.
    rmSync(folder, { recursive: true, force: true });
  }
}

const wanted = process.argv.slice(2);
let passed = 0;
let failed = 0;
for (const language of languages) {
  if (wanted.length > 0 && !wanted.includes(language.name)) continue;
  if (!shell(language.toolchain, repository, false).ok) {
    console.log(`left out  ${language.name}: its toolchain is not installed`);
    continue;
  }
  const ok = check(language);
  console.log(`${ok ? "passed " : "FAILED "}  ${language.name}`);
  if (ok) passed++;
  else failed++;
}
console.log(`${passed} passed, ${failed} failed`);
if (failed > 0) process.exitCode = 1;
