import type { PeerInfo, PeerLink } from "../../src/index.ts";
import type { Member, PeerCall } from "./call.ts";
import { type ConnectionFacts, connectionFacts } from "./connection-facts.ts";

/** How often the statistics of a connection are read, in milliseconds. */
const factsEveryMs = 1000;

/** A peer in the terms of the page. */
export function memberOf({ peerId, metadata }: PeerInfo): Member {
  const { name = "" } = metadata;
  return { peerId, name: name.trim() || peerId };
}

/** A link of the client library in the terms of the page. */
export class LinkedPeer implements PeerCall {
  readonly member: Member;
  readonly polite: boolean;
  stream: MediaStream | undefined;
  connectedAfterMs: number | undefined;
  facts: ConnectionFacts | undefined;
  onChange: (() => void) | undefined;
  readonly #failed: (reason: string, message: string) => void;
  #link: PeerLink;
  #startedAt: number | undefined;
  #listening = new AbortController();

  /** @param failed is told what did not work; the link goes on */
  constructor(link: PeerLink, failed: (reason: string, message: string) => void) {
    this.member = memberOf(link.peer);
    this.polite = link.peer.polite;
    this.#failed = failed;
    this.#link = link;
    this.#listen();
  }

  get ice(): RTCIceConnectionState {
    return this.#link.closed ? "closed" : this.#link.connection.iceConnectionState;
  }

  restartIce(): void {
    this.#link.restartIce();
  }

  /** Goes on with another link, which the peer began in the place of the one before. */
  follow(link: PeerLink): void {
    const before = this.#link;
    this.#listening.abort();
    this.#link = link;
    this.stream = undefined;
    this.facts = undefined;
    this.connectedAfterMs = undefined;
    this.#startedAt = undefined;
    this.#listen();
    before.close("replaced by another link");
  }

  #listen(): void {
    const link = this.#link;
    const { connection } = link;
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    const listeners = [
      link.on("track", (track, [stream]) => {
        this.stream = stream ?? new MediaStream([track]);
        this.#changed();
      }),
      link.on("error", ({ reason, message }) => this.#failed(reason, message)),
      link.on("state", (state) => {
        if (state === "connected") this.#connected();
      }),
      link.on("closed", () => {
        this.#listening.abort();
        this.#changed();
      }),
    ];
    connection.addEventListener(
      "signalingstatechange",
      () => {
        // The first description, of either side, is the first step of a negotiation.
        this.#startedAt ??= performance.now();
      },
      { signal },
    );
    connection.addEventListener("iceconnectionstatechange", () => this.#changed(), { signal });
    const timer = setInterval(() => void this.#readFacts(), factsEveryMs);
    signal.addEventListener("abort", () => {
      clearInterval(timer);
      for (const stop of listeners) stop();
    });
  }

  #connected(): void {
    const now = performance.now();
    this.connectedAfterMs ??= now - (this.#startedAt ?? now);
    this.#changed();
    void this.#readFacts();
  }

  async #readFacts(): Promise<void> {
    const { signal } = this.#listening;
    const facts = await connectionFacts(this.#link.connection);
    if (signal.aborted) return;
    this.facts = facts;
    this.#changed();
  }

  #changed(): void {
    this.onChange?.();
  }
}
