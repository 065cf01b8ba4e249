import process from "node:process";
import { TcpProxy } from "../../kit/tcp-proxy.ts";
import { type AnyPeerPage, PeerPage } from "../peer-page.ts";
import type { PagePool } from "./page-pool.ts";
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

/** Several calls at once, all of one order of browsers. */
export class Trial implements AsyncDisposable {
  readonly service: ServiceProcess;
  readonly relay: Relay;
  readonly calls: PagePair[] = [];
  /** Whether all calls were up. */
  begun = false;
  readonly #pool: PagePool;

  constructor(service: ServiceProcess, relay: Relay, pool: PagePool) {
    this.service = service;
    this.relay = relay;
    this.#pool = pool;
  }

  /** The processes of both browsers, which all their others descend from. */
  get pids(): readonly [number, number] {
    return this.#pool.pids;
  }

  /** Sets so many calls up, and waits until both sides of each see the other. */
  async begin(calls: number, { relayed }: Conditions): Promise<void> {
    trials++;
    const rtcConfiguration = relayed ? this.relay.rtcConfiguration : {};
    for (let index = 0; index < calls; index++) {
      const pair = await Promise.all([this.#peer(0, index), this.#peer(1, index)]);
      this.calls.push(pair);
      for (const peer of pair)
        await peer.join(`full-${process.pid}-${trials}-${index}`, { rtcConfiguration });
      await pair[0].meets(pair[1]);
      for (const peer of pair) await peer.linkToEverybody();
    }
    await this.#eachSide((peer, to) => peer.sees(to));
    await this.#eachSide((peer, to) => peer.watch(to));
    this.begun = true;
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
    for (const call of this.calls) for (const { proxy } of call) await proxy[Symbol.asyncDispose]();
  }

  async #eachSide(act: (peer: AnyPeerPage, to: AnyPeerPage) => Promise<void>): Promise<void> {
    await Promise.all(this.calls.flatMap(([first, second]) => [act(first, second), act(second, first)]));
  }

  async #peer(side: 0 | 1, index: number): Promise<AnyPeerPage> {
    const page = await this.#pool.page(side, index);
    const proxy = await TcpProxy.start(() => [this.service.port], { resets: true });
    const peer = new PeerPage(side === 0 ? "ada" : "grace", page, proxy);
    // Sound would cost twice as much as the picture, and the gaps to be measured would be those of a busy machine.
    await peer.openCamera({ width: 160, height: 120, frameRate: 5 }, false);
    return peer;
  }
}
