// Measures what a page loads for the client library, and fails if that has outgrown its budget.
import { relative } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const resolveDir = fileURLToPath(new URL("../src/", import.meta.url));

/** What a page imports, and the budgets in bytes, minified and gzipped. */
interface Bundle {
  readonly name: string;
  readonly source: string;
  /** For the code that is loaded at once. */
  readonly budget: number;
  /** For the code that is loaded on demand. @default that is not measured */
  readonly onDemand?: number;
}

/**
 * The core is everything but the transport. What `joinRoom` loads on demand is a WebSocket with the codec (4 kB), or
 * Connect-Web: protobuf-es, Connect and the descriptors that they work by; the choice between them, unless `via` fixes it;
 * and the watch over received media.
 */
const bundles: readonly Bundle[] = [
  {
    name: "the core: SignalingClient, Room and PeerLink",
    source: 'export { SignalingClient, Room, PeerLink } from "./index.ts";',
    budget: 16_000,
  },
  {
    name: "the codec",
    source: 'export { decode, encode, SignalRequest, SignalResponse } from "@parley/contract/plain";',
    budget: 3_050,
  },
  {
    name: "joinRoom over a WebSocket, until media comes",
    source: 'export { joinRoom } from "./index.ts"; export { webSocketTransport } from "./websocket.ts";',
    budget: 20_000,
  },
  { name: "joinRoom", source: 'export { joinRoom } from "./index.ts";', budget: 17_600, onDemand: 47_000 },
];

/** As they are imported. */
const loadedOnDemand = [
  "./websocket-transport.ts",
  "./web-transport.ts",
  "./auto-transport.ts",
  "./receive-watch.ts",
];

interface Sizes {
  readonly atOnce: number;
  readonly onDemand: number;
}

async function measure({ source, onDemand }: Bundle): Promise<Sizes> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: source, resolveDir, loader: "ts", sourcefile: "page.ts" },
    bundle: true,
    // Apart, they would only split what is loaded at once.
    external: onDemand === undefined ? loadedOnDemand : [],
    splitting: true,
    format: "esm",
    minify: true,
    target: ["chrome110", "firefox115", "safari16.4"],
    outdir: process.cwd(),
    write: false,
    metafile: true,
    logLevel: "warning",
  });
  const atOnce = new Set<string>();
  const follow = (path: string) => {
    if (atOnce.has(path)) return;
    atOnce.add(path);
    for (const { kind, path: next } of metafile.outputs[path]?.imports ?? []) {
      if (kind === "import-statement") follow(next);
    }
  };
  for (const [path, { entryPoint }] of Object.entries(metafile.outputs)) {
    if (entryPoint?.endsWith("page.ts")) follow(path);
  }
  const sizes = { atOnce: 0, onDemand: 0 };
  for (const { path, contents } of outputFiles) {
    const size = gzipSync(contents, { level: 9 }).byteLength;
    sizes[atOnce.has(relative(process.cwd(), path)) ? "atOnce" : "onDemand"] += size;
  }
  return sizes;
}

function judge(name: string, size: number, budget: number): void {
  const fits = size > 0 && size <= budget;
  console.log(`${fits ? "ok  " : "OVER"} ${name}: ${size} of ${budget} bytes gzipped`);
  if (!fits) process.exitCode = 1;
}

for (const bundle of bundles) {
  const sizes = await measure(bundle);
  judge(bundle.name, sizes.atOnce, bundle.budget);
  if (bundle.onDemand !== undefined) {
    judge(`${bundle.name}, loaded on demand`, sizes.onDemand, bundle.onDemand);
  }
}
