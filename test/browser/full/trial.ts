import process from "node:process";
import { TcpProxy } from "../../kit/tcp-proxy.ts";
import { Chromium } from "../chromium.ts";
import { Firefox } from "../firefox.ts";
import type { Order } from "../orders.ts";
import { type AnyPeerPage, PeerPage } from "../peer-page.ts";
import type { OpenPage, PageBrowser } from "../script-page.ts";
import type { TestSite } from "../test-site.ts";
import type { Relay } from "./relay.ts";
import type { ServiceProcess } from "./service-process.ts";

export type PagePair = readonly [first: AnyPeerPage, second: AnyPeerPage];

/** What holds for all calls of a trial. */
export interface Conditions {
  /** Whether media has to flow all the time. */
  readonly untouched: boolean;
  /** Whether media goes through the relay, which can be stopped. */
  readonly relayed: boolean;
}

/** How one call came through. */
export interface Outcome {
  /** What did not work; empty if everything did. */
  readonly faults: readonly string[];
  /** The longest time without a frame, in milliseconds. */
  readonly gapMs: number;
  /** How often the connection was replaced. */
  readonly rebuilds: number;
}

let trials = 0;

/** Several calls at once, all of one order of browsers: each side in a browser process of its own. */
export class Trial implements AsyncDisposable {
  readonly service: ServiceProcess;
  readonly relay: Relay;
  readonly calls: PagePair[] = [];
  readonly pids: readonly [number, number];
  readonly #site: TestSite;
  readonly #browsers: readonly [PageBrowser, PageBrowser];
  readonly #pages: OpenPage[] = [];

  private constructor(
    service: ServiceProcess,
    relay: Relay,
    site: TestSite,
    browsers: readonly [PageBrowser, PageBrowser],
    pids: readonly [number, number],
  ) {
    this.service = service;
    this.relay = relay;
    this.#site = site;
    this.#browsers = browsers;
    this.pids = pids;
  }

  static async start(order: Order, service: ServiceProcess, relay: Relay, site: TestSite): Promise<Trial> {
    const launch = (name: Order[number]) => (name === "chromium" ? Chromium.launch() : Firefox.launch());
    const browsers = [await launch(order[0]), await launch(order[1])] as const;
    const pids = [browsers[0].pid ?? 0, browsers[1].pid ?? 0] as const;
    return new Trial(service, relay, site, browsers, pids);
  }

  /** Sets so many calls up, and waits until both sides of each see the other. */
  async begin(calls: number, { relayed }: Conditions): Promise<void> {
    trials++;
    const rtcConfiguration = relayed ? this.relay.rtcConfiguration : {};
    for (let index = 0; index < calls; index++) {
      const pair = [await this.#peer(0, "ada"), await this.#peer(1, "grace")] as const;
      for (const peer of pair) {
        await peer.openCamera({ width: 160, height: 120, frameRate: 10 });
        await peer.join(`full-${process.pid}-${trials}-${index}`, { rtcConfiguration });
      }
      await pair[0].meets(pair[1]);
      for (const peer of pair) await peer.linkToEverybody();
      this.calls.push(pair);
    }
    await this.#eachSide((peer, to) => peer.sees(to));
    await this.#eachSide((peer, to) => peer.watch(to));
  }

  /** Waits until all signals reach both sides of all calls again. */
  async reached(): Promise<void> {
    await this.#eachSide((peer, to) => peer.signaling(to, "open"));
  }

  /** How each call came through. */
  outcomes({ untouched }: Conditions): Promise<Outcome[]> {
    return Promise.all(
      this.calls.map(async ([first, second]) => {
        const faults: string[] = [];
        let gapMs = 0;
        let rebuilds = 0;
        for (const [peer, to] of [
          [first, second],
          [second, first],
        ] as const) {
          await peer.sees(to, 10).catch((error: unknown) => faults.push(`frozen: ${error}`));
          const gap = await peer.longestGap(to);
          const [link] = await peer.linksTo(to.name);
          if (link?.state !== "connected") faults.push(`stuck: ${link?.state}`);
          rebuilds = Math.max(rebuilds, await peer.rebuilds(to));
          if (untouched && gap > 1_500) faults.push(`a gap of ${Math.round(gap)} ms`);
          if (rebuilds === 0 && !(await peer.keptConnection(to))) faults.push("another connection");
          gapMs = Math.max(gapMs, gap);
        }
        return { faults, gapMs, rebuilds };
      }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const page of this.#pages) await page.close().catch(() => {});
    for (const browser of this.#browsers) await browser.close();
    for (const call of this.calls) for (const { proxy } of call) await proxy[Symbol.asyncDispose]();
  }

  async #eachSide(act: (peer: AnyPeerPage, to: AnyPeerPage) => Promise<void>): Promise<void> {
    await Promise.all(this.calls.flatMap(([first, second]) => [act(first, second), act(second, first)]));
  }

  async #peer(side: 0 | 1, name: string): Promise<AnyPeerPage> {
    const proxy = await TcpProxy.start(() => [this.service.port], { resets: true });
    const open = await this.#browsers[side].open((error) => {
      // Firefox reports each request that fails while the service is gone.
      if (!error.includes("Cross-Origin Request Blocked")) console.error(`${name}: ${error}`);
    });
    this.#pages.push(open);
    await open.page.goto(this.#site.url);
    await open.page.waitForFunction(() => window.peer !== undefined);
    return new PeerPage(name, open.page, proxy);
  }
}
