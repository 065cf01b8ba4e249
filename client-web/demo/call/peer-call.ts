import {
  type LinkSignaling,
  type LinkState,
  type LinkStats,
  linkStats,
  type PeerInfo,
  type PeerLink,
} from "../../src/index.ts";
import type { MediaState } from "../media/own-media.ts";
import type { Member, PeerCall } from "./call.ts";

/** How often the statistics of a connection are read, in milliseconds. */
const factsEveryMs = 1000;

/** A peer in the terms of the page. */
export function memberOf({ peerId, metadata }: PeerInfo): Member {
  const { name = "", picture, microphone } = metadata;
  const media: { -readonly [Key in keyof MediaState]?: MediaState[Key] } = {};
  if (picture === "camera" || picture === "drawn" || picture === "off") media.picture = picture;
  if (microphone === "on" || microphone === "off" || microphone === "none") media.microphone = microphone;
  return { peerId, name: name.trim() || peerId, media };
}

/** A link of the client library in the terms of the page. */
export class LinkedPeer implements PeerCall {
  member: Member;
  readonly polite: boolean;
  stream: MediaStream | undefined;
  connectedAfterMs: number | undefined;
  facts: LinkStats | undefined;
  onChange: (() => void) | undefined;
  readonly #failed: (reason: string, message: string) => void;
  #link: PeerLink;
  #startedAt: number | undefined;
  #listening = new AbortController();

  /** @param failed is called with what did not work; the link goes on */
  constructor(link: PeerLink, failed: (reason: string, message: string) => void) {
    this.member = memberOf(link.peer);
    this.polite = link.polite;
    this.#failed = failed;
    this.#link = link;
    this.#listen();
  }

  get ice(): RTCIceConnectionState {
    return this.#link.closed ? "closed" : this.#link.connection.iceConnectionState;
  }

  get state(): LinkState {
    return this.#link.closed ? "closed" : this.#link.state;
  }

  get signaling(): LinkSignaling {
    return this.#link.signaling;
  }

  /** The peer published something else about itself. */
  update(): void {
    this.member = memberOf(this.#link.peer);
    this.#changed();
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
        else this.#changed();
      }),
      link.on("signaling", () => this.update()),
      link.on("rebuilt", ({ connection }) => {
        this.#failed("rebuilt", "the connection could not be repaired and was replaced");
        this.#follow(connection, signal);
      }),
      link.on("closed", () => {
        this.#listening.abort();
        this.#changed();
      }),
    ];
    this.#follow(link.connection, signal);
    const timer = setInterval(() => void this.#readFacts(), factsEveryMs);
    signal.addEventListener("abort", () => {
      clearInterval(timer);
      for (const stop of listeners) stop();
    });
  }

  /** Listens to the connection itself. */
  #follow(connection: RTCPeerConnection, signal: AbortSignal): void {
    const described = () => {
      // The first description, of either side, is the first step of a negotiation.
      this.#startedAt ??= performance.now();
    };
    connection.addEventListener("signalingstatechange", described, { signal });
    connection.addEventListener("iceconnectionstatechange", () => this.#changed(), { signal });
  }

  #connected(): void {
    const now = performance.now();
    this.connectedAfterMs ??= now - (this.#startedAt ?? now);
    this.#changed();
    void this.#readFacts();
  }

  async #readFacts(): Promise<void> {
    const { signal } = this.#listening;
    const facts = await linkStats(this.#link);
    if (signal.aborted) return;
    this.facts = facts;
    this.#changed();
  }

  #changed(): void {
    this.onChange?.();
  }
}
