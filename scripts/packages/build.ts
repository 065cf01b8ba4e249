/**
 * Builds the packages as they are published into `dist/packages/<folder>`: JavaScript, declarations and source
 * maps in `lib/`, with a manifest that points at them, and packs each into a tarball. In the repository the same sources
 * run as they are.
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { bundleWebClient } from "./bundle.ts";
import { type PackageSource, publishedManifest, readManifest } from "./manifest.ts";
import { scope, sourceScope } from "./scope.ts";
import { packageSources } from "./sources.ts";
import { packTarball } from "./tarball.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
export const packagesFolder = join(root, "dist", "packages");

/** Neither tests nor what only tests use. */
const leftOut = ["**/*.test.ts", "**/fake-*.ts", "**/testing/**", "**/node_modules"];

function run(command: string, args: readonly string[]): void {
  if (spawnSync(command, args, { cwd: root, stdio: "inherit" }).status !== 0) process.exit(1);
}

function compile({ folder, sources }: PackageSource, lib: string): void {
  const config = join(root, folder, "tsconfig.json");
  // Beside the sources, so that its paths and types resolve as theirs do.
  const temporary = join(root, folder, "tsconfig.build.json");
  writeFileSync(
    temporary,
    JSON.stringify({
      extends: existsSync(config) ? "./tsconfig.json" : "../tsconfig.json",
      compilerOptions: {
        noEmit: false,
        rewriteRelativeImportExtensions: true,
        declaration: true,
        sourceMap: true,
        inlineSources: true,
        stripInternal: true,
        rootDir: sources,
        outDir: lib,
      },
      include: [sources],
      exclude: leftOut,
    }),
  );
  try {
    run("tsc", ["-p", temporary]);
  } finally {
    rmSync(temporary);
  }
}

/** TypeScript leaves the endings of imports in declarations alone, and older resolvers do not know `.ts` there. */
function finishFile(file: string): void {
  const text = readFileSync(file, "utf8");
  const renamed = text.replaceAll(`"${sourceScope}/`, `"${scope}/`);
  const finished = file.endsWith(".d.ts")
    ? renamed.replaceAll(/(["']\.{1,2}\/[^"']+)\.ts(["'])/g, "$1.js$2")
    : renamed;
  if (finished !== text) writeFileSync(file, finished);
}

function finishReadme(file: string): void {
  writeFileSync(file, readFileSync(file, "utf8").replaceAll(`${sourceScope}/`, `${scope}/`));
}

function build(source: PackageSource): void {
  const target = join(packagesFolder, source.folder);
  const lib = join(target, "lib");
  mkdirSync(target, { recursive: true });
  compile(source, lib);
  for (const file of globSync("**/*.{js,d.ts}", { cwd: lib })) finishFile(join(lib, file));
  const from = join(root, source.folder, source.sources);
  for (const script of globSync("**/{*.lua,open-api.json}", { cwd: from })) {
    mkdirSync(dirname(join(lib, script)), { recursive: true });
    cpSync(join(from, script), join(lib, script));
  }
  for (const proto of globSync("parley/**/*.proto", { cwd: from }))
    cpSync(join(from, proto), join(target, proto));
  const page = join(root, source.folder, "dist", "page");
  if (existsSync(page)) cpSync(page, join(target, "dist", "page"), { recursive: true });
  cpSync(join(root, "LICENSE"), join(target, "LICENSE"));
  const changelog = join(root, source.folder, "CHANGELOG.md");
  if (existsSync(changelog)) cpSync(changelog, join(target, "CHANGELOG.md"));
  cpSync(join(root, source.folder, "README.md"), join(target, "README.md"));
  finishReadme(join(target, "README.md"));
  writeFileSync(join(target, "package.json"), `${JSON.stringify(publishedManifest(source), null, 2)}\n`);
}

rmSync(packagesFolder, { recursive: true, force: true });
for (const source of packageSources) build(source);
await bundleWebClient(join(packagesFolder, "client-web", "lib"));
for (const { folder } of packageSources) packTarball(join(packagesFolder, folder), readManifest(folder).name);
