// Builds the demo page into client-web/dist/demo, from where the server serves it.
import { copyFile, mkdir, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const demo = fileURLToPath(new URL("../demo/", import.meta.url));
const dist = fileURLToPath(new URL("../dist/demo/", import.meta.url));

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
    sourcemap: true,
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
