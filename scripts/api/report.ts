/**
 * Writes docs/api/*.api.md, the public declarations of the packages, from what `npm run build` made. With `--check`,
 * fails if they are not those that are committed: a change of the public API has to show in its commit.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { Extractor, ExtractorConfig, ExtractorLogLevel } from "@microsoft/api-extractor";
import { type EntryPoint, entryPoints } from "./entry-points.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const reports = join(root, "docs", "api");

/** The report of one entry point. */
function report({ name, packageFolder, declarations }: EntryPoint): string {
  const folder = mkdtempSync(join(tmpdir(), "parley-api-"));
  try {
    const configObject = {
      projectFolder: packageFolder,
      mainEntryPointFilePath: declarations,
      newlineKind: "lf" as const,
      apiReport: {
        enabled: true,
        reportFileName: name,
        reportFolder: folder,
        reportTempFolder: folder,
        includeForgottenExports: true,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      compiler: { overrideTsconfig: tsconfig },
      messages: {
        extractorMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
        tsdocMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
      },
    };
    const config = ExtractorConfig.prepare({
      configObject,
      configObjectFullPath: undefined,
      packageJsonFullPath: join(packageFolder, "package.json"),
    });
    const { succeeded } = Extractor.invoke(config, {
      localBuild: true,
      messageCallback(message) {
        message.handled = message.logLevel !== "error";
      },
    });
    if (!succeeded) throw new Error(`the declarations of ${name} could not be read`);
    return withSortedSettings(readFileSync(join(folder, `${name}.api.md`), "utf8"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Sorts what the compiler infers of the table of settings: it lists members and unions as code elsewhere has it. */
function withSortedSettings(text: string): string {
  return text
    .replace(/(?<=^const settings: \{\n)(?: {4}.*\n)+(?=\};$)/m, (members) =>
      members
        .split(/(?<=\n)(?= {4}[^\s}])/)
        .sort()
        .join(""),
    )
    .replace(/(?<=Setting<)"[^"]*"(?: \| "[^"]*")+(?=>)/g, (union) => union.split(" | ").sort().join(" | "));
}

const tsconfig = {
  compilerOptions: {
    target: "ES2024",
    lib: ["ES2024", "ESNext.Disposable", "DOM", "DOM.Iterable", "DOM.AsyncIterable"],
    module: "nodenext",
    moduleResolution: "nodenext",
    strict: true,
    skipLibCheck: true,
    types: ["node"],
  },
};

const check = process.argv.includes("--check");
mkdirSync(reports, { recursive: true });
const files = new Set<string>();
for (const entryPoint of entryPoints(root)) {
  const file = `${entryPoint.name}.api.md`;
  files.add(file);
  const path = join(reports, file);
  const text = report(entryPoint);
  if (!check) writeFileSync(path, text);
  else if (!existsSync(path) || readFileSync(path, "utf8") !== text) {
    console.error(`docs/api/${file} is out of date: npm run api`);
    process.exitCode = 1;
  }
}
for (const file of readdirSync(reports)) {
  if (files.has(file)) continue;
  if (!check) rmSync(join(reports, file));
  else {
    console.error(`docs/api/${file} is of no package: npm run api`);
    process.exitCode = 1;
  }
}
