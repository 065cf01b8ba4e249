import type { CDPSession, Page } from "playwright-core";
import type { LinkOptions } from "../../client-web/src/index.ts";
import type { Cut } from "./page/cut-after.ts";
import type { Departure } from "./page/peer.ts";
import type { Fragments } from "./page/talking-link.ts";
import type { TcpProxy } from "./tcp-proxy.ts";

/** What a page has seen of its session so far. */
export interface Seen {
  readonly states: readonly string[];
  readonly resets: number;
  readonly errors: readonly string[];
  readonly departures: readonly Departure[];
  /** Each signal once, in the order in which it was first sent or received. */
  readonly out: readonly SeenSignal[];
  readonly in: readonly SeenSignal[];
  /** Whether it had offered before it was offered anything. */
  readonly offeredFirst: boolean;
  readonly replayed: number;
}

export interface SeenSignal {
  readonly seq: number;
  readonly what: string;
}

/** Link options that can be sent to a page. */
export type PageLinkOptions = Pick<LinkOptions, "negotiationId" | "offerAfterMs">;

/** A blank page with one peer of the client API, behind a proxy of its own. */
export class PeerPage {
  readonly name: string;
  readonly page: Page;
  readonly proxy: TcpProxy;
  #devtools: CDPSession | undefined;

  constructor(name: string, page: Page, proxy: TcpProxy) {
    this.name = name;
    this.page = page;
    this.proxy = proxy;
  }

  join(room: string): Promise<void> {
    const options = { url: this.proxy.url, room, peerId: this.name };
    return this.page.evaluate((options) => window.peer.join(options), options);
  }

  leave(): Promise<void> {
    return this.page.evaluate(() => window.peer.leave());
  }

  link(to: PeerPage, options: PageLinkOptions = {}): Promise<void> {
    return this.page.evaluate(([peerId, options]) => window.peer.link(peerId, options), [
      to.name,
      options,
    ] as const);
  }

  /** Begins several links in the same moment. */
  linkAll(to: PeerPage, negotiationIds: readonly string[]): Promise<void> {
    return this.page.evaluate(
      ([peerId, ids]) => {
        for (const negotiationId of ids) window.peer.link(peerId, { negotiationId });
      },
      [to.name, negotiationIds] as const,
    );
  }

  linkAt(at: number, to: PeerPage, options: PageLinkOptions): Promise<void> {
    return this.page.evaluate(([at, peerId, options]) => window.peer.linkAt(at, peerId, options), [
      at,
      to.name,
      options,
    ] as const);
  }

  linkToEverybody(): Promise<void> {
    return this.page.evaluate(() => window.peer.linkToEverybody());
  }

  takeLinks(): Promise<void> {
    return this.page.evaluate(() => window.peer.takeLinks());
  }

  /** Waits until these others, and nobody else, are in the room. */
  async meets(...others: readonly PeerPage[]): Promise<void> {
    const names = others.map(({ name }) => name).sort();
    await this.page.waitForFunction((names) => window.peer.peerIds.join() === names.join(), names);
  }

  /** Waits until so many links are up, and the other side has said something on each. */
  async talks(links = 1): Promise<void> {
    try {
      await this.page.waitForFunction(
        (links) => window.peer.links.filter((link) => link.talks).length === links,
        links,
      );
    } catch (error) {
      const stands = await this.page.evaluate(() => window.peer.describe());
      throw new Error(`${this.name} does not talk: ${JSON.stringify(stands, null, 1)}`, { cause: error });
    }
  }

  /** Says something to a peer, and waits until that one has heard it. */
  async tell(to: PeerPage, words: string): Promise<void> {
    await this.page.evaluate(([name, words]) => window.peer.linkTo(name).say(words), [
      to.name,
      words,
    ] as const);
    await to.page.waitForFunction(([name, words]) => window.peer.linkTo(name).heard.includes(words), [
      this.name,
      words,
    ] as const);
  }

  restartIce(to: PeerPage): Promise<void> {
    return this.page.evaluate((name) => window.peer.linkTo(name).link.restartIce(), to.name);
  }

  /** Has the WebRTC traffic of this page lose so many of a hundred packets. */
  async losePackets(percent: number): Promise<void> {
    this.#devtools ??= await this.page.context().newCDPSession(this.page);
    const devtools = this.#devtools;
    await devtools.send("Network.emulateNetworkConditions", {
      offline: false,
      // Of a link that is neither slow nor narrow, Chromium looks at nothing else.
      latency: 1,
      downloadThroughput: 1e9,
      uploadThroughput: 1e9,
      packetLoss: percent,
    });
  }

  /** Waits until both fragments are others than before, and gives the new ones. */
  async renewed(to: PeerPage, before: Fragments): Promise<Fragments> {
    const after = await this.page.waitForFunction(
      ([name, before]) => {
        const { fragments } = window.peer.linkTo(name);
        return fragments.local !== before.local && fragments.remote !== before.remote && fragments;
      },
      [to.name, before] as const,
      { timeout: 20_000 },
    );
    return (await after.jsonValue()) as Fragments;
  }

  async connected(to: PeerPage): Promise<void> {
    await this.page.waitForFunction((name) => window.peer.linkTo(name).connected, to.name);
  }

  /** Why the link to a peer was closed. */
  linkClosed(to: PeerPage): Promise<string | undefined> {
    return this.page.evaluate((name) => window.peer.linkTo(name).closedBecause, to.name);
  }

  fragments(to: PeerPage): Promise<Fragments> {
    return this.page.evaluate((name) => window.peer.linkTo(name).fragments, to.name);
  }

  /** Waits until a peer is gone, and says how that was told. */
  async departure(of: PeerPage): Promise<Departure> {
    const told = await this.page.waitForFunction(
      (name) => window.peer.departures.find(({ peerId }) => peerId === name),
      of.name,
    );
    return (await told.jsonValue()) as Departure;
  }

  cutMade(): Promise<Cut | undefined> {
    return this.page.evaluate(() => window.peer.cutAfter.made);
  }

  /** Waits until each signal of this page is acknowledged. */
  async acknowledged(): Promise<void> {
    await this.page.waitForFunction(
      () => window.peer.room.client.state === "open" && window.peer.room.client.unacknowledged === 0,
    );
  }

  seen(): Promise<Seen> {
    return this.page.evaluate(() => {
      const { traces, states, resets, errors, departures } = window.peer;
      const first = traces.filter(
        ({ direction, replayed, ackedAfterMs }) =>
          direction === "in" || (!replayed && ackedAfterMs === undefined),
      );
      const signals = (of: string) =>
        first
          .filter(({ direction }) => direction === of)
          .map(({ seq, kind, negotiationId }) => ({ seq, what: `${kind} of ${negotiationId}` }));
      const offer = first.find(({ kind }) => kind === "offer");
      return {
        states,
        resets,
        errors,
        departures,
        out: signals("out"),
        in: signals("in"),
        offeredFirst: offer?.direction === "out",
        replayed: traces.filter(({ replayed }) => replayed).length,
      };
    });
  }
}
