import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
/** What a new project with a browser's types and nothing else sets, and what this repository needs. */
const options = [
  "--strict",
  "--noEmit",
  "--target",
  "es2022",
  "--lib",
  "es2022,dom,dom.iterable,esnext.disposable",
];
const workspace = [
  "--module",
  "nodenext",
  "--skipLibCheck",
  "--allowImportingTsExtensions",
  "--ignoreConfig",
];

test("the code of the README compiles under strict", { timeout: 120_000 }, () => {
  const code = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(root, "README.md"), "utf8"))?.[1];
  expect(code).toContain("joinRoom");
  // Inside of the workspace, so that the package is found.
  const folder = mkdtempSync(join(root, "test/docs/readme-"));
  try {
    writeFileSync(join(folder, "ten-lines.ts"), `${code}\nexport {};\n`);
    const file = join(folder, "ten-lines.ts");
    const { stdout, status } = spawnSync("tsc", [...options, ...workspace, file], { encoding: "utf8" });
    expect({ stdout, status }).toEqual({ stdout: "", status: 0 });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
