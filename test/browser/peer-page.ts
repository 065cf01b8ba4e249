import type { Page } from "playwright-core";
import type { LinkOptions } from "../../client-web/src/index.ts";
import type { TcpProxy } from "../kit/tcp-proxy.ts";
import type { Cut } from "./page/cut-after.ts";
import type { Departure, Fingerprints, JoinOptions } from "./page/peer.ts";
import type { Fragments } from "./page/talking-link.ts";
import type { ScriptPage } from "./script-page.ts";
import { type Seen, seenBy } from "./seen.ts";

/** Link options that can be sent to a page. */
export type PageLinkOptions = Pick<LinkOptions, "negotiationId" | "offerAfterMs">;

/** Options of a room that can be sent to a page. */
export type PageRoomOptions = Partial<
  Pick<JoinOptions, "url" | "joinTimeoutMs" | "rtcConfiguration" | "via" | "token">
>;

/** A peer page of whichever browser. */
export type AnyPeerPage = PeerPage<ScriptPage>;

/** A blank page with one peer of the client API, behind a proxy of its own. */
export class PeerPage<P extends ScriptPage = Page> {
  readonly name: string;
  readonly page: P;
  readonly proxy: TcpProxy;

  constructor(name: string, page: P, proxy: TcpProxy) {
    this.name = name;
    this.page = page;
    this.proxy = proxy;
  }

  join(room: string, more: PageRoomOptions = {}): Promise<void> {
    const options = { url: this.proxy.url, room, peerId: this.name, ...more };
    return this.page.evaluate((options) => window.peer.join(options), options);
  }

  /**
   * Joins, calls everybody, and waits for a picture. Resolves with how long that took from the call of `joinRoom`, in
   * milliseconds.
   */
  joinAndSee(room: string): Promise<number> {
    const options = { url: this.proxy.url, room, peerId: this.name };
    return this.page.evaluate((options) => window.peer.joinAndSee(options), options);
  }

  /** The types of the candidates that its only link uses: this side's, and the other's. */
  path(): Promise<(string | undefined)[]> {
    return this.page.evaluate(() => window.peer.path());
  }

  fingerprints(): Promise<Fingerprints> {
    return this.page.evaluate(() => window.peer.fingerprints());
  }

  turnUser(): Promise<string | undefined> {
    return this.page.evaluate(() => window.peer.turnUser);
  }

  /** Waits until the service has given it other credentials for the TURN server. */
  async turnUserIsNot(before: string | undefined): Promise<void> {
    await this.page.waitForFunction((before) => window.peer.turnUser !== before, before, { timeout: 50_000 });
  }

  /** Waits until a link reports an error of this reason. */
  async reports(reason: string): Promise<void> {
    await this.page.waitForFunction(
      (reason) => window.peer.errors.some((error) => error.startsWith(reason)),
      reason,
    );
  }

  /** How its session is carried. */
  via(): Promise<string | undefined> {
    return this.page.evaluate(() => window.peer.room.via);
  }

  leave(): Promise<void> {
    return this.page.evaluate(() => window.peer.leave());
  }

  link(to: AnyPeerPage, options: PageLinkOptions = {}): Promise<void> {
    return this.page.evaluate(([peerId, options]) => window.peer.link(peerId, options), [
      to.name,
      options,
    ] as const);
  }

  /** Begins several links in the same moment. */
  linkAll(to: AnyPeerPage, negotiationIds: readonly string[]): Promise<void> {
    return this.page.evaluate(
      ([peerId, ids]) => {
        for (const negotiationId of ids) window.peer.link(peerId, { negotiationId });
      },
      [to.name, negotiationIds] as const,
    );
  }

  linkAt(at: number, to: AnyPeerPage, options: PageLinkOptions): Promise<void> {
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
  async meets(...others: readonly AnyPeerPage[]): Promise<void> {
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
  async tell(to: AnyPeerPage, words: string): Promise<void> {
    await this.page.evaluate(([name, words]) => window.peer.linkTo(name).say(words), [
      to.name,
      words,
    ] as const);
    await to.page.waitForFunction(([name, words]) => window.peer.linkTo(name).heard.includes(words), [
      this.name,
      words,
    ] as const);
  }

  openCamera(
    video: MediaTrackConstraints | true = true,
    audio: MediaTrackConstraints | boolean = true,
  ): Promise<void> {
    return this.page.evaluate(([video, audio]) => window.peer.openCamera(video, audio), [
      video,
      audio,
    ] as const);
  }

  /** Waits until so many more frames of a peer's picture are decoded. */
  async sees(of: AnyPeerPage, frames = 10): Promise<void> {
    await this.talks();
    await this.page.evaluate(([name, frames]) => window.peer.linkTo(name).decodes(frames), [
      of.name,
      frames,
    ] as const);
  }

  /** Waits until signals of the link to a peer reach it, or do not. */
  async signaling(to: AnyPeerPage, state: "open" | "away"): Promise<void> {
    await this.page.waitForFunction(
      ([name, state]) => {
        // A link is "open" while this side looks for the service, too.
        const lookedFor = state === "open" && window.peer.room.client.state !== "open";
        return !lookedFor && window.peer.linkTo(name).link.signaling === state;
      },
      [to.name, state] as const,
      // Longer than the longest wait between two attempts and the time that each of them may take.
      { timeout: 60_000 },
    );
  }

  /** Closes a link to a peer. */
  hangUp(to: AnyPeerPage, negotiationId: string): Promise<void> {
    return this.page.evaluate(([name, id]) => window.peer.linkTo(name, id).link.close(), [
      to.name,
      negotiationId,
    ] as const);
  }

  /** Waits until a link to a peer is over, and resolves with the reason. */
  async ended(to: AnyPeerPage, negotiationId: string): Promise<string> {
    const why = await this.page.waitForFunction(([name, id]) => window.peer.linkTo(name, id).closedBecause, [
      to.name,
      negotiationId,
    ] as const);
    return String(await why.jsonValue());
  }

  negotiationId(to: AnyPeerPage): Promise<string> {
    return this.page.evaluate((name) => window.peer.linkTo(name).link.negotiationId, to.name);
  }

  /** Sends a peer everything with which a session could end or move a link that is not its own. */
  attack(to: AnyPeerPage, negotiationId: string): Promise<void> {
    return this.page.evaluate(([name, id]) => window.peer.attack(name, id), [
      to.name,
      negotiationId,
    ] as const);
  }

  /** Waits until a peer of this name was met a second time. */
  async meetsAgain(name: string): Promise<void> {
    await this.page.waitForFunction(
      (name) => window.peer.met.filter((peerId) => peerId === name).length > 1,
      name,
    );
  }

  /** How the links to peers of this name stand, in the order in which they were begun. */
  linksTo(name: string): Promise<readonly { negotiationId: string; closed: boolean; state: string }[]> {
    return this.page.evaluate(
      (name) =>
        window.peer.links
          .filter(({ link }) => link.peer.peerId === name)
          .map(({ link: { negotiationId, closed, state } }) => ({ negotiationId, closed, state })),
      name,
    );
  }

  /** Waits until the channel of the link to a peer is open, and resolves with how long that took, in milliseconds. */
  async openAfter(to: AnyPeerPage): Promise<number> {
    const took = await this.page.waitForFunction((name) => window.peer.linkTo(name).openAfterMs, to.name);
    return Number(await took.jsonValue());
  }

  /** What the link to a peer knows of the other side: its description, with the candidates that were added. */
  remoteDescription(of: AnyPeerPage): Promise<string> {
    return this.page.evaluate(
      (name) => window.peer.linkTo(name).link.connection.remoteDescription?.sdp ?? "",
      of.name,
    );
  }

  self(): Promise<{ peerId: string; session: number }> {
    return this.page.evaluate(() => {
      const { peerId, session } = window.peer.room.self;
      return { peerId, session };
    });
  }

  state(): Promise<string> {
    return this.page.evaluate(() => window.peer.room.client.state);
  }

  async reaches(state: string): Promise<void> {
    await this.page.waitForFunction((state) => window.peer.room.client.state === state, state);
  }

  /** Watches the picture of a peer from now on; see `longestGap`. */
  watch(of: AnyPeerPage): Promise<void> {
    return this.page.evaluate((name) => window.peer.linkTo(name).watchFrames(), of.name);
  }

  /** The longest time without a new frame since `watch`, in milliseconds. */
  longestGap(of: AnyPeerPage): Promise<number> {
    return this.page.evaluate((name) => window.peer.linkTo(name).longestGapMs, of.name);
  }

  /** Whether the link to a peer has the connection that it had when it was first up. */
  keptConnection(of: AnyPeerPage): Promise<boolean> {
    return this.page.evaluate((name) => window.peer.linkTo(name).keptConnection, of.name);
  }

  /** Breaks the negotiation: takes a description that WebRTC refuses. */
  fails(to: AnyPeerPage): Promise<void> {
    const sdp = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio broken\r\n";
    return this.page.evaluate(([name, sdp]) => window.peer.linkTo(name).receiveOffer(sdp), [
      to.name,
      sdp,
    ] as const);
  }

  /** Waits until the connection to a peer was replaced. */
  async rebuilt(to: AnyPeerPage): Promise<void> {
    await this.page.waitForFunction((name) => window.peer.linkTo(name).rebuilds > 0, to.name);
  }

  rebuilds(to: AnyPeerPage): Promise<number> {
    return this.page.evaluate((name) => window.peer.linkTo(name).rebuilds, to.name);
  }

  restartIce(to: AnyPeerPage): Promise<void> {
    return this.page.evaluate((name) => window.peer.linkTo(name).link.restartIce(), to.name);
  }

  /** Waits until both fragments are others than before, and gives the new ones. */
  async renewed(to: AnyPeerPage, before: Fragments): Promise<Fragments> {
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

  async connected(to: AnyPeerPage): Promise<void> {
    await this.page.waitForFunction((name) => window.peer.linkTo(name).connected, to.name);
  }

  /** Why the link to a peer was closed. */
  linkClosed(to: AnyPeerPage): Promise<string | undefined> {
    return this.page.evaluate((name) => window.peer.linkTo(name).closedBecause, to.name);
  }

  fragments(to: AnyPeerPage): Promise<Fragments> {
    return this.page.evaluate((name) => window.peer.linkTo(name).fragments, to.name);
  }

  /** Waits until a peer is gone, and returns how that was reported. */
  async departure(of: AnyPeerPage): Promise<Departure> {
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
    return seenBy(this.page);
  }
}
