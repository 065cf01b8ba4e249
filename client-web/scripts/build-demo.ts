/**
 * Builds the demo page into server/dist/page, which the server serves: each file as it is, and compressed once
 * with brotli and gzip, so that the server neither compresses nor reads anything while it answers.
 *
 *     node client-web/scripts/build-demo.ts                 for production: no source maps
 *     node client-web/scripts/build-demo.ts --source-maps   to debug the page
 */
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";

const demo = fileURLToPath(new URL("../demo/", import.meta.url));
const dist = fileURLToPath(new URL("../../server/dist/page/", import.meta.url));
const sourcemap = process.argv.includes("--source-maps") ? "inline" : false;

await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });
await Promise.all([
  build({
    entryPoints: { page: `${demo}page.ts`, tick: `${demo}media/tick.worker.ts` },
    outdir: dist,
    bundle: true,
    format: "esm",
    target: ["chrome110", "firefox115", "safari16.4"],
    minify: true,
    sourcemap,
    logLevel: "warning",
  }),
  build({
    entryPoints: { page: `${demo}styles/page.css` },
    outdir: dist,
    bundle: true,
    target: ["chrome110", "firefox115", "safari16.4"],
    minify: true,
    logLevel: "warning",
  }),
  ...["index.html", "icon.svg"].map((file) => copyFile(`${demo}${file}`, `${dist}${file}`)),
]);

for (const file of await readdir(dist)) {
  const bytes = await readFile(`${dist}${file}`);
  const params = { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.byteLength };
  const compressed = {
    br: brotliCompressSync(bytes, { params }),
    gz: gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION }),
  };
  for (const [ending, smaller] of Object.entries(compressed))
    if (smaller.byteLength < bytes.byteLength) await writeFile(`${dist}${file}.${ending}`, smaller);
}
