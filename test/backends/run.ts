/**
 * Runs every program of docs/backends.md against a live server, and compares what it prints with the page. Languages
 * whose toolchain is not installed are named and left out.
 *
 *     node test/backends/run.ts [language...]
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { environment } from "../interop/example.ts";
import { startServer } from "../interop/live-server.ts";
import { type Language, languages } from "./languages.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const page = readFileSync(join(root, "docs", "backends.md"), "utf8");

/** The programs of a language, with what the page says that they print. */
function programsOf({ fence }: Language): { code: string; output: string }[] {
  const blocks = page.matchAll(
    new RegExp(`^\`\`\`${fence}\\n(.*?)^\`\`\`\\n\\n\`\`\`text\\n(.*?)^\`\`\``, "gms"),
  );
  return [...blocks].map(([, code = "", output = ""]) => ({ code, output }));
}

function shell(command: string, cwd: string, address = ""): { ok: boolean; stdout: string; all: string } {
  const { status, stdout, stderr } = spawnSync("sh", ["-c", command], {
    cwd,
    encoding: "utf8",
    env: { ...environment, PATH: `${join(cwd, "tools", "bin")}:${environment["PATH"]}`, PARLEY: address },
  });
  return { ok: status === 0, stdout, all: `${stdout}${stderr}` };
}

/** What does not hold of a language. */
function problemsOf(language: Language, address: string): string[] {
  const {
    fixture,
    install,
    file,
    run,
    generate = fixture === undefined ? "true" : "buf generate proto",
  } = language;
  const programs = programsOf(language);
  if (programs.length === 0) return [`the page has no program in ${language.fence}`];
  const folder = mkdtempSync(join(tmpdir(), `parley-${language.fence}-`));
  try {
    if (fixture !== undefined)
      cpSync(join(root, "test", "codegen", "fixtures", fixture), folder, { recursive: true });
    cpSync(join(root, "proto"), join(folder, "proto"), { recursive: true });
    for (const step of [install ?? "true", generate]) {
      const { ok, all } = shell(step, folder);
      if (!ok) return [`${step} failed:\n${all}`];
    }
    return programs.flatMap(({ code, output }) => {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), code);
      const { ok, stdout, all } = shell(run, folder, address);
      return ok && stdout === output ? [] : [`printed:\n${all}instead of:\n${output}`];
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const wanted = process.argv.slice(2);
await using server = await startServer();
let failed = 0;
for (const language of languages) {
  if (wanted.length > 0 && !wanted.includes(language.fence)) continue;
  if (!shell(language.toolchain, root).ok) {
    console.log(`left out  ${language.fence}: its toolchain is not installed`);
    continue;
  }
  const problems = problemsOf(language, server.address);
  console.log(`${problems.length === 0 ? "passed" : "FAILED"}  ${language.fence}`);
  for (const problem of problems) console.log(problem);
  if (problems.length > 0) failed++;
}
if (failed > 0) process.exitCode = 1;
