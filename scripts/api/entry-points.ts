import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageSources } from "../packages/sources.ts";

/** What a package exports under one path. */
export interface EntryPoint {
  /** Of its report, such as `client-web.connect`. */
  readonly name: string;
  readonly packageFolder: string;
  /** The file with the declarations. */
  readonly declarations: string;
}

/** The entry points of the built packages, except those with a pattern, which are code that protoc-gen-es generated. */
export function entryPoints(root: string): EntryPoint[] {
  return packageSources.flatMap(({ folder }) => {
    const packageFolder = join(root, "dist", "packages", folder);
    const { name, exports } = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8"));
    const [, packageName] = String(name).split("/");
    return Object.entries(exports as Record<string, { types?: string }>)
      .filter(([subpath, { types }]) => types !== undefined && !subpath.includes("*"))
      .map(([subpath, { types = "" }]) => ({
        name: [packageName, ...subpath.split("/").slice(1)].join("."),
        packageFolder,
        declarations: join(packageFolder, types),
      }));
  });
}
