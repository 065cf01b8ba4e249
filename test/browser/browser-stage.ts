import type { Browser, Page } from "playwright-core";
import { expect } from "vitest";
import { Server, type ServerConfig } from "../../server/src/server.ts";
import { LogBook } from "../contract/stage/log-book.ts";
import { readFlags } from "../kit/read-flags.ts";
import { TcpProxy } from "../kit/tcp-proxy.ts";
import { until } from "../kit/until.ts";
import { Chromium } from "./chromium.ts";
import { type AnyPeerPage, PeerPage } from "./peer-page.ts";
import type { PageBrowser, ScriptPage } from "./script-page.ts";
import { TestSite } from "./test-site.ts";

/** A server and the pages of one test, each in a browser profile of its own. Its end fails if anything dangles. */
export class BrowserStage implements AsyncDisposable {
  server: Server;
  readonly config: ServerConfig;
  readonly site: TestSite;
  readonly #log = new LogBook();
  readonly #chromium: Chromium;
  readonly #closePages: (() => Promise<void>)[] = [];
  readonly #proxies: TcpProxy[] = [];
  /** Those whose connections all have to be closed at the end. */
  readonly #watched: TcpProxy[] = [];
  readonly #pageErrors: string[] = [];
  #port = 0;

  private constructor(browser: Browser, config: ServerConfig, site: TestSite) {
    this.#chromium = Chromium.of(browser);
    this.config = config;
    this.site = site;
    this.server = new Server(config, { logger: this.#log });
  }

  /** @param flags of the server's command line */
  static async start(browser: Browser, ...flags: readonly string[]): Promise<BrowserStage> {
    const stage = new BrowserStage(browser, await configOf(flags), await TestSite.start());
    stage.#port = (await stage.server.start()).port;
    return stage;
  }

  /** The port of the service, on loopback. */
  get port(): number {
    return this.#port;
  }

  /**
   * Ends the service as a crash would, and starts one on the same port that knows nothing of the first.
   *
   * @param reaching the pages that reach it again; all of them if absent
   */
  async restart(reaching?: readonly AnyPeerPage[]): Promise<void> {
    for (const proxy of this.#proxies) proxy.down();
    await this.server.close(0);
    this.server = new Server({ ...this.config, port: this.#port }, { logger: this.#log });
    await this.server.start();
    for (const proxy of reaching?.map(({ proxy }) => proxy) ?? this.#proxies) proxy.up();
  }

  /** Opens a blank page with a peer on it; `url` is another address of the site. */
  peer(name: string, url?: string): Promise<PeerPage> {
    return this.peerIn(this.#chromium, name, url);
  }

  /** Opens a blank page with a peer on it, in another browser than Chromium. */
  async peerIn<P extends ScriptPage>(
    browser: PageBrowser<P>,
    name: string,
    url = this.site.url,
  ): Promise<PeerPage<P>> {
    const proxy = await this.#proxy(browser.keepsConnections);
    const page = await this.#page(browser);
    return this.#peerOn(page, name, url, proxy);
  }

  /** Opens pages with a peer on each, as tabs of one profile of a browser, behind one proxy. */
  async tabs<P extends ScriptPage>(
    browser: PageBrowser<P>,
    names: readonly string[],
  ): Promise<PeerPage<P>[]> {
    const proxy = await this.#proxy(browser.keepsConnections);
    const { page, another, close } = await browser.open((error) => this.#pageErrors.push(error));
    this.#closePages.push(close);
    const tabs: PeerPage<P>[] = [];
    for (const name of names) {
      const next = tabs.length === 0 ? page : await another();
      tabs.push(await this.#peerOn(next, name, this.site.url, proxy));
    }
    return tabs;
  }

  /** Opens another tab beside a page, in the same browser profile and behind the same proxy. */
  async peerBeside(peer: PeerPage, sessionStorage: string, name = peer.name): Promise<PeerPage> {
    const page = await peer.page.context().newPage();
    await page.goto(this.site.url);
    await page.evaluate((stored) => {
      for (const [key, value] of Object.entries(JSON.parse(stored)))
        window.sessionStorage.setItem(key, String(value));
    }, sessionStorage);
    await page.waitForFunction(() => window.peer !== undefined);
    return new PeerPage(name, page, peer.proxy);
  }

  /** Opens two that have joined a room: the second is the polite one. */
  async pairIn(room: string): Promise<[ada: PeerPage, grace: PeerPage]> {
    const [ada, grace] = [await this.peer("ada"), await this.peer("grace")];
    await ada.join(room);
    await grace.join(room);
    await ada.meets(grace);
    return [ada, grace];
  }

  /** Opens the demo page. */
  async demo(query: Readonly<Record<string, string>>): Promise<{ page: Page; proxy: TcpProxy }> {
    const proxy = await this.#proxy();
    const page = await this.#page(this.#chromium);
    const answer = await page.goto(`${proxy.url}/?${new URLSearchParams(query)}`);
    if (answer?.status() !== 200)
      throw new Error("build the page first: node client-web/scripts/build-demo.ts");
    return { page, proxy };
  }

  /** The pages are closed, and no session, stream or socket may be left. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const close of this.#closePages) await close();
    const left = () => ({
      ...this.server.counts(),
      sockets: this.#watched.reduce((sum, { sockets }) => sum + sockets, 0),
    });
    try {
      await until(
        () => Object.values(left()).every((count) => count === 0),
        () => `nothing to be left; there is ${JSON.stringify(left())}`,
      );
    } finally {
      await Promise.all(this.#proxies.map((proxy) => proxy[Symbol.asyncDispose]()));
      await this.server.close(0);
      await this.site.close();
    }
    expect(this.#pageErrors, "what no page has caught").toEqual([]);
    expect(this.#log.troubles, "what was logged as a warning or an error").toEqual([]);
    expect(this.#log.find("stopped"), "connections that had to be cut").toEqual({ connectionsCut: 0 });
  }

  async #peerOn<P extends ScriptPage>(
    page: P,
    name: string,
    url: string,
    proxy: TcpProxy,
  ): Promise<PeerPage<P>> {
    await page.goto(url);
    await page.waitForFunction(() => window.peer !== undefined);
    return new PeerPage(name, page, proxy);
  }

  async #proxy(keepsConnections = false): Promise<TcpProxy> {
    const proxy = await TcpProxy.start(() => [this.#port], { resets: true });
    this.#proxies.push(proxy);
    if (!keepsConnections) this.#watched.push(proxy);
    return proxy;
  }

  async #page<P extends ScriptPage>(browser: PageBrowser<P>): Promise<P> {
    const { page, close } = await browser.open((error) => this.#pageErrors.push(error));
    this.#closePages.push(close);
    return page;
  }
}

function configOf(flags: readonly string[]): Promise<ServerConfig> {
  // A page that is gone without a word is not waited for any longer than it has to be.
  return readFlags("serve", "--port", "0", "--node", "stage", "--resume-window", "5", ...flags);
}
