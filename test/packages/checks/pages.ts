import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import type { Browser, Page } from "playwright-core";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};

/** Serves a folder of built files on loopback. */
export async function serveFolder(folder: string): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const file = pathname === "/" ? "/index.html" : pathname;
    try {
      const content = readFileSync(join(folder, file));
      response.setHeader("content-type", types[extname(file)] ?? "application/octet-stream");
      response.end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Opens the page twice, one after the other, and checks what shows on them. */
export async function openTwice(
  browser: Browser,
  url: string,
  check: (one: Page, other: Page) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext();
  const problems: string[] = [];
  try {
    const pages = [await context.newPage(), await context.newPage()] as const;
    for (const page of pages) {
      page.on("pageerror", (error) => problems.push(error.message));
      await page.goto(url);
    }
    await check(...pages);
  } catch (error) {
    throw new Error(`${String(error)}; errors of the pages: ${problems.join("; ")}`, { cause: error });
  } finally {
    await context.close();
  }
}

/** Opens the page twice, and waits until each has heard the other over a data channel. */
export function expectPagesToConnect(browser: Browser, url: string): Promise<void> {
  return openTwice(browser, url, async (...pages) => {
    for (const page of pages) await page.waitForSelector('body[data-heard="hello"]', { state: "attached" });
  });
}
