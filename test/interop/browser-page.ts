import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { type Browser, chromium } from "playwright-core";
import { findProgram } from "../../scripts/programs.ts";
import type { Participant, Stack } from "./stack.ts";
import { Transcript } from "./transcript.ts";

/** A Chromium whose pages can join; undefined if none is installed. */
export async function startBrowser(): Promise<Browser | undefined> {
  const executablePath = findProgram("chromium");
  if (executablePath === undefined) return undefined;
  const args = ["--no-sandbox", "--disable-background-networking", "--disable-quic"];
  // Addresses in clear: to look up mDNS names takes long on a busy machine, and is no part of signaling.
  args.push("--disable-features=WebRtcHideLocalIpsWithMdns");
  return chromium.launch({ executablePath, args });
}

/** Pages of this browser, as peers. */
export async function pagesOf(browser: Browser): Promise<Stack> {
  const entry = fileURLToPath(new URL("page-side.ts", import.meta.url));
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, format: "iife", write: false });
  const script = outputFiles[0]?.text ?? "";
  const name = "chromium";
  return {
    name,
    async join(server, room): Promise<Participant> {
      const page = await browser.newPage();
      const transcript = new Transcript(name);
      page.on("console", (message) => transcript.push(message.text()));
      // Any page of the service, so that the script has its origin.
      await page.goto(`http://${server}/healthz`);
      await page.addScriptTag({ content: script });
      await page.evaluate(([room, name]) => globalThis.interop.join(room, name), [room, name] as const);
      return { name, transcript, [Symbol.asyncDispose]: () => page.close() };
    },
  };
}
