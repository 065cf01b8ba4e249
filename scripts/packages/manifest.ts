import { readFileSync } from "node:fs";
import { join, relative } from "node:path/posix";
import process from "node:process";
import { scope, sourceScope } from "./scope.ts";

/** One package as it is published. */
export interface PackageSource {
  /** Its folder in the repository. */
  readonly folder: string;
  /** The folder of its sources in there: "." if they lie directly in it. */
  readonly sources: string;
}

/** `package.json` of a workspace, whose entry points and commands are TypeScript. */
interface WorkspaceManifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly sideEffects?: boolean;
  readonly exports?: Readonly<Record<string, string>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

function publishedName(name: string): string {
  return name.replace(`${sourceScope}/`, `${scope}/`);
}

export function readManifest(folder: string): WorkspaceManifest {
  return JSON.parse(readFileSync(new URL(`../../${folder}/package.json`, import.meta.url), "utf8"));
}

/** Where the sources are: provenance has to name the same repository. Known where releases are made. */
function repositoryOf(directory: string): Record<string, unknown> {
  const repository = process.env["GITHUB_REPOSITORY"];
  if (repository === undefined) return {};
  return { repository: { type: "git", url: `git+https://github.com/${repository}.git`, directory } };
}

/** `package.json` of a package as it is published: JavaScript in `lib/`, declarations beside it. */
export function publishedManifest({ folder, sources }: PackageSource): Record<string, unknown> {
  const { name, version, description, license, sideEffects = true, ...workspace } = readManifest(folder);
  const built = (file: string) => `./${join("lib", relative(sources, file)).replace(/\.ts$/, ".js")}`;
  const map = <T>(
    record: Readonly<Record<string, string>> = {},
    change: (key: string, value: string) => [string, T],
  ) => Object.fromEntries(Object.entries(record).map(([key, value]) => change(key, value)));
  return {
    name: publishedName(name),
    version,
    description,
    license,
    ...repositoryOf(folder),
    type: "module",
    engines: { node: ">=22.23" },
    sideEffects,
    exports: {
      ...map(workspace.exports, (subpath, file) => [
        subpath,
        { types: built(file).replace(/\.js$/, ".d.ts"), default: built(file) },
      ]),
      "./package.json": "./package.json",
    },
    ...(workspace.bin === undefined
      ? {}
      : { bin: map(workspace.bin, (command, file) => [command, built(file)]) }),
    dependencies: map(workspace.dependencies, (dependency, range) => [publishedName(dependency), range]),
  };
}
