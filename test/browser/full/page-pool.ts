import { Chromium } from "../chromium.ts";
import { Firefox } from "../firefox.ts";
import type { Order } from "../orders.ts";
import type { OpenPage, PageBrowser } from "../script-page.ts";
import type { TestSite } from "../test-site.ts";

/** What both browsers are called in what the pages report. */
const names = ["ada", "grace"] as const;

/**
 * Pages of the two browsers of an order, each browser in a process of its own. They stay open from trial to trial:
 * starting a page costs more than the call that it makes.
 */
export class PagePool implements AsyncDisposable {
  readonly pids: readonly [number, number];
  readonly #site: TestSite;
  readonly #browsers: readonly [PageBrowser, PageBrowser];
  readonly #pages: readonly [OpenPage[], OpenPage[]] = [[], []];

  private constructor(site: TestSite, browsers: readonly [PageBrowser, PageBrowser], pids: [number, number]) {
    this.#site = site;
    this.#browsers = browsers;
    this.pids = pids;
  }

  static async launch(order: Order, site: TestSite): Promise<PagePool> {
    const launch = (name: Order[number]) => (name === "chromium" ? Chromium.launch() : Firefox.launch());
    const browsers = [await launch(order[0]), await launch(order[1])] as const;
    return new PagePool(site, browsers, [browsers[0].pid ?? 0, browsers[1].pid ?? 0]);
  }

  /** A page of a side, blank again. */
  async page(side: 0 | 1, index: number): Promise<OpenPage["page"]> {
    const open = this.#pages[side][index] ?? (await this.#open(side));
    this.#pages[side][index] = open;
    await open.page.goto(this.#site.url);
    await open.page.waitForFunction(() => window.peer !== undefined);
    return open.page;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const browser of this.#browsers) await browser.close();
  }

  #open(side: 0 | 1): Promise<OpenPage> {
    return this.#browsers[side].open((error) => console.error(`${names[side]}: ${error}`));
  }
}
