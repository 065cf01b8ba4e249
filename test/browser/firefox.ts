import puppeteer, { type Browser, type Page } from "puppeteer-core";
import { findProgram } from "../../scripts/programs.ts";
import { type OpenPage, type PageBrowser, pageDeadlineMs, type ScriptPage } from "./script-page.ts";

const preferences = {
  // A camera and a microphone that are always there, and that no one has to allow.
  "media.navigator.streams.fake": true,
  "media.navigator.permission.disabled": true,
  "media.autoplay.default": 0,
  // The two browsers of a test reach each other on this machine alone, where mDNS may not be served.
  "media.peerconnection.ice.loopback": true,
  "media.peerconnection.ice.obfuscate_host_addresses": false,
  // Nothing but the pages of the tests is loaded.
  "app.update.enabled": false,
  "datareporting.policy.dataSubmissionEnabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
};

/** What Firefox writes into the console when a connection is lost or cannot be made, which the page handles. */
const lostConnection =
  /The connection to wss?:\S+ was interrupted|can’t establish a connection to|CORS request did not succeed/;

/** Firefox, driven over WebDriver BiDi. */
export class Firefox implements PageBrowser {
  readonly name = "firefox";
  readonly keepsConnections = true;
  readonly #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  /** @param options whether it loads what has a certificate that nobody vouches for */
  static async launch({ acceptInsecureCerts = false } = {}): Promise<Firefox> {
    const executablePath = findProgram("firefox");
    if (executablePath === undefined) throw new Error("install firefox first: scripts/require-system.ts");
    const browser = await puppeteer.launch({
      browser: "firefox",
      executablePath,
      headless: true,
      acceptInsecureCerts,
      timeout: 60_000,
      extraPrefsFirefox: preferences,
    });
    return new Firefox(browser);
  }

  /** The process that all others of this browser descend from. */
  get pid(): number | undefined {
    return this.#browser.process()?.pid;
  }

  async open(onError: (error: string) => void): Promise<OpenPage> {
    const context = await this.#browser.createBrowserContext();
    const another = async () => {
      // Timers of a tab in the background are slowed down.
      const page = await context.newPage({ type: "window" });
      page.setDefaultTimeout(pageDeadlineMs);
      page.on("pageerror", (error) => {
        if (!lostConnection.test(String(error))) onError(String(error));
      });
      return new FirefoxPage(page);
    };
    return { page: await another(), another, close: () => context.close() };
  }

  async close(): Promise<void> {
    await this.#browser.close();
  }
}

/** A page of Puppeteer, whose `waitForFunction` takes its arguments in another order than Playwright's. */
class FirefoxPage implements ScriptPage {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  goto(url: string): Promise<unknown> {
    return this.#page.goto(url);
  }

  evaluate<A, R>(script: (argument: A) => R | Promise<R>, argument?: A): Promise<R> {
    return this.#page.evaluate(script as (argument: unknown) => R | Promise<R>, argument) as Promise<R>;
  }

  waitForFunction<A, R>(
    script: (argument: A) => R,
    argument?: A,
    options?: { readonly timeout?: number },
  ): Promise<{ jsonValue(): Promise<unknown> }> {
    const { timeout = pageDeadlineMs } = options ?? {};
    return this.#page.waitForFunction(script as (argument: unknown) => R, { timeout, polling: 50 }, argument);
  }
}
