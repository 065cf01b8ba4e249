// Takes the pictures of the demo page that the documentation shows, into docs/images. Build the page first.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, stat } from "node:fs/promises";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { findProgram } from "../../scripts/programs.ts";

const images = fileURLToPath(new URL("../../docs/images/", import.meta.url));
const serverMain = fileURLToPath(new URL("../../server/src/main.ts", import.meta.url));

/** The largest a picture may be, in bytes: they stay in the history of the repository. */
const maxBytes = 100_000;
const room = "quiet-harbor-417";
/** How many frames of the other's picture have been decoded before it is taken: it is sharp by then. */
const sharpAfterFrames = 60;

const screens: Readonly<Record<string, BrowserContextOptions>> = {
  desktop: { viewport: { width: 1280, height: 800 } },
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
};

/** Starts the server on a free port; resolves to its address. */
async function startServer() {
  const flags = ["serve", "--port", "0", "--node", "node-1", "--log-level", "warn"];
  const server = spawn(process.execPath, [serverMain, ...flags], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(createInterface(server.stdout), "line")) as [string];
  const url = /http:\S+/.exec(line)?.[0];
  if (url === undefined) throw new Error(`the server said: ${line}`);
  return {
    url,
    async stop() {
      const exited = once(server, "exit");
      server.kill("SIGTERM");
      await exited;
    },
  };
}

async function take(page: Page, name: string): Promise<void> {
  const path = `${images}${name}.webp`;
  await page.evaluate(() => document.fonts.ready);
  await page.screenshot({ path, type: "webp", quality: 88 });
  const { size } = await stat(path);
  console.log(`${path}: ${size} bytes`);
  if (size > maxBytes) throw new Error(`${name} is larger than ${maxBytes} bytes`);
}

async function takeScreen(browser: Browser, url: string, screen: string): Promise<void> {
  const context = await browser.newContext(screens[screen]);
  try {
    const page = await context.newPage();
    await page.goto(`${url}/?room=${room}&name=Ada&picture=1`);
    await page.getByRole("button", { name: "Join the room" }).waitFor();
    await take(page, `idle-${screen}`);

    await page.getByRole("button", { name: "Join the room" }).click();
    await page.getByTestId("empty-room").waitFor();
    const other = await context.newPage();
    await other.goto(`${url}/?room=${room}&name=Grace%20Hopper&picture=1&auto=1`);
    await page.bringToFront();
    await page.waitForFunction((frames) => {
      const shown = document.querySelector<HTMLElement>('[data-testid="frames-decoded"]');
      return Number(shown?.dataset["framesDecoded"]) >= frames;
    }, sharpAfterFrames);
    await take(page, `in-call-${screen}`);

    await page.getByTestId("hold-select").selectOption({ label: "15 s" });
    await page.getByTestId("cut-button").click();
    await page.locator('[data-testid="signaling-state"][data-state="reconnecting"]').waitFor();
    await page.evaluate(() => scrollTo(0, 0));
    await page.mouse.move(0, 0);
    await take(page, `reconnecting-${screen}`);
  } finally {
    await context.close();
  }
}

const executablePath = findProgram("chromium");
if (executablePath === undefined) throw new Error("install chromium first: scripts/require-system.ts");
await mkdir(images, { recursive: true });
const server = await startServer();
try {
  // Nothing but this machine's own page is opened: the sandbox, which root has none of, is not missed.
  const browser = await chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-background-networking"],
  });
  try {
    for (const screen of Object.keys(screens)) await takeScreen(browser, server.url, screen);
  } finally {
    await browser.close();
  }
} finally {
  await server.stop();
}
