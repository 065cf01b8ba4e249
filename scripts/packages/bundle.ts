import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Writes the one file with the whole web client in the place of the one that imports its parts. */
export async function bundleWebClient(lib: string): Promise<void> {
  await build({
    entryPoints: [join(root, "client-web", "src", "bundle.ts")],
    outfile: join(lib, "bundle.js"),
    allowOverwrite: true,
    bundle: true,
    format: "esm",
    minify: true,
    sourcemap: true,
    target: ["chrome110", "firefox115", "safari16.4"],
    banner: {
      js: "/*! Parley, with @bufbuild/protobuf and @connectrpc/connect. All under the Apache License 2.0. */",
    },
    logLevel: "warning",
  });
}
