import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { type Browser, chromium, type Page } from "playwright-core";
import { findProgram } from "../../scripts/programs.ts";
import type { PageReport } from "./page-side.ts";

/** A Chromium whose pages can join; undefined where none is installed. */
export async function startBrowser(): Promise<Browser | undefined> {
  const executablePath = findProgram("chromium");
  if (executablePath === undefined) return undefined;
  const args = ["--no-sandbox", "--disable-background-networking", "--disable-quic"];
  return chromium.launch({ executablePath, args });
}

/** The script of the page. */
export async function bundlePageSide(): Promise<string> {
  const entry = fileURLToPath(new URL("page-side.ts", import.meta.url));
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, format: "iife", write: false });
  return outputFiles[0]?.text ?? "";
}

/** A page in a room, named `page`. */
export class BrowserPage implements AsyncDisposable {
  readonly #page: Page;

  private constructor(page: Page) {
    this.#page = page;
  }

  static async join(browser: Browser, script: string, url: string, room: string): Promise<BrowserPage> {
    const page = await browser.newPage();
    await page.addScriptTag({ content: script });
    await page.evaluate(([url, room]) => globalThis.interop.join(url, room), [url, room] as const);
    return new BrowserPage(page);
  }

  /**
   * What the page has seen, once so many of its signals were acknowledged and so many came, and the browser is
   * done with them or has refused one.
   */
  async report(counts: { readonly out: number; readonly in: number }): Promise<PageReport> {
    await this.#page.waitForFunction((counts) => {
      const { report } = globalThis.interop;
      const done = report.signalingState === "stable" || report.errors.length > 0;
      return done && report.out.length >= counts.out && report.in.length >= counts.in;
    }, counts);
    return this.#page.evaluate(() => globalThis.interop.report);
  }

  /** What comes back over the data channel. */
  async echo(): Promise<string> {
    await this.#page.waitForFunction(() => globalThis.interop.report.echo !== "");
    return this.#page.evaluate(() => globalThis.interop.report.echo);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#page.close();
  }
}
