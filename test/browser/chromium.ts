import { type Browser, chromium, type Page } from "playwright-core";
import { findProgram } from "../../scripts/programs.ts";
import { type OpenPage, type PageBrowser, pageDeadlineMs } from "./script-page.ts";

/** How long a test may take that has a page or more, in milliseconds: other tests run beside it. */
export const testTimeoutMs = 60_000;

/** Allows every camera and microphone without a question. */
export const devicesAllowed = "--use-fake-ui-for-media-stream";

const args = [
  // Nothing but the pages of the tests is opened: the sandbox, which root has none of, is not missed.
  "--no-sandbox",
  "--use-fake-device-for-media-stream",
  devicesAllowed,
  "--disable-background-networking",
];

/**
 * Starts Chromium, with a camera and a microphone that are always there.
 *
 * @param more flags of its command line
 * @param without flags that it would have otherwise
 */
export function launchChromium(
  more: readonly string[] = [],
  without: readonly string[] = [],
): Promise<Browser> {
  const flags = [...args.filter((flag) => !without.includes(flag)), ...more];
  return chromium.launch({ executablePath: chromiumPath(), args: flags });
}

/** Chromium as one of several browsers of a test, with a process of its own that can be stopped. */
export class Chromium implements PageBrowser<Page> {
  readonly name = "chromium";
  readonly keepsConnections = false;
  readonly pid: number | undefined;
  readonly #browser: Browser;
  readonly #end: () => Promise<void>;

  private constructor(browser: Browser, end: () => Promise<void>, pid?: number) {
    this.#browser = browser;
    this.#end = end;
    this.pid = pid;
  }

  static async launch(): Promise<Chromium> {
    const server = await chromium.launchServer({ executablePath: chromiumPath(), args });
    const browser = await chromium.connect(server.wsEndpoint());
    return new Chromium(browser, () => server.close(), server.process().pid);
  }

  /** One that was started already, and that is closed by its owner. */
  static of(browser: Browser): Chromium {
    return new Chromium(browser, async () => {});
  }

  async open(onError: (error: string) => void): Promise<OpenPage<Page>> {
    const context = await this.#browser.newContext();
    context.setDefaultTimeout(pageDeadlineMs);
    const another = async () => {
      const page = await context.newPage();
      page.on("pageerror", (error) => onError(String(error)));
      return page;
    };
    return { page: await another(), another, close: () => context.close() };
  }

  close(): Promise<void> {
    return this.#end();
  }
}

function chromiumPath(): string {
  const executablePath = findProgram("chromium");
  if (executablePath === undefined) throw new Error("install chromium first: scripts/require-system.ts");
  return executablePath;
}
