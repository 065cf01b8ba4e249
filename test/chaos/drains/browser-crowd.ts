import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { findProgram } from "../../../scripts/programs.ts";
import type { ClientLine } from "../history/line.ts";
import type { PeerEvent } from "../peer-event.ts";
import { type Crowd, type Place, pairs } from "./crowd.ts";

/** Four peers in a page of Chromium, over HTTP/2; undefined if it is not installed. */
export async function browserCrowd(place: Place): Promise<Crowd | undefined> {
  const executablePath = findProgram("chromium");
  if (executablePath === undefined) return undefined;
  const entryPoints = [fileURLToPath(new URL("page-side.ts", import.meta.url))];
  const alias = { "node:crypto": fileURLToPath(new URL("page-digest.ts", import.meta.url)) };
  const { outputFiles } = await build({ entryPoints, alias, bundle: true, format: "iife", write: false });
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  const page = await context.newPage();
  const rooms = pairs(["page-0", "page-1", "page-2", "page-3"]);
  return {
    name: "chromium",
    peers: Object.keys(rooms),
    rooms,
    async join() {
      await page.exposeFunction("record", (event: PeerEvent) => place.record(event));
      await page.exposeFunction("write", (line: ClientLine) => place.write(line));
      await page.goto(`${place.url}/healthz`);
      const protocol = await page.evaluate(
        () => (performance.getEntriesByType("navigation")[0] as PerformanceNavigationTiming).nextHopProtocol,
      );
      if (protocol !== "h2") throw new Error(`Chromium speaks ${protocol}, not h2`);
      await page.addScriptTag({ content: outputFiles[0]?.text ?? "" });
      await page.evaluate((names) => globalThis.crowd.join(names), rooms);
    },
    nodes: () => page.evaluate(() => globalThis.crowd.nodes()),
    quiet: () => page.evaluate(() => globalThis.crowd.quiet()),
    [Symbol.asyncDispose]: () => browser.close(),
  };
}
