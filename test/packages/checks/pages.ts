import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import type { Browser } from "playwright-core";

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

/** Opens the page twice, and waits until each has heard the other over a data channel. */
export async function expectPagesToConnect(browser: Browser, url: string): Promise<void> {
  const context = await browser.newContext();
  const problems: string[] = [];
  try {
    const pages = [await context.newPage(), await context.newPage()];
    for (const page of pages) {
      page.on("pageerror", (error) => problems.push(error.message));
      await page.goto(url);
      await page.waitForSelector("body[data-joined]", { state: "attached" });
    }
    for (const page of pages) await page.waitForSelector('body[data-heard="hello"]', { state: "attached" });
  } catch (error) {
    throw new Error(`the pages did not connect: ${problems.join("; ")}`, { cause: error });
  } finally {
    await context.close();
  }
}
