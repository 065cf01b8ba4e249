import type { PeerLink } from "../../../client-web/src/index.ts";
import { roomSide } from "../../../client-web/src/rtc/room-side.ts";

/** The ICE user fragments of both sides (RFC 8839 section 5.4): others after a restart. */
export interface Fragments {
  readonly local: string;
  readonly remote: string;
}

/** A link with a data channel on which the two sides greet each other. */
export class TalkingLink {
  readonly link: PeerLink;
  /** What the other side said. */
  readonly heard: string[] = [];
  closedBecause: string | undefined;
  /** How often the connection was replaced. */
  rebuilds = 0;
  /** From the making of the link to its open channel, in milliseconds. */
  openAfterMs: number | undefined;
  /** The longest time without a new frame while they were watched, in milliseconds. */
  longestGapMs = 0;
  readonly #first: RTCPeerConnection;
  /** What happened to the link, and when it did, in milliseconds since the page was opened. */
  readonly events: string[] = [];
  #channel: RTCDataChannel | undefined;

  /** @param opens whether this side opens a channel; where both do, there are two */
  constructor(link: PeerLink, opens: boolean) {
    this.link = link;
    this.#first = link.connection;
    link.on("closed", (reason) => {
      this.closedBecause = reason;
    });
    const note = (words: string) => this.events.push(`${Math.round(performance.now())} ${words}`);
    link.on("state", (state) => note(state));
    link.on("signaling", (state) => note(`signaling ${state}`));
    link.on("rebuilt", ({ channels }) => {
      note("rebuilt");
      this.rebuilds++;
      const successor = this.#channel && channels.get(this.#channel);
      this.#channel = undefined;
      if (successor !== undefined) this.#listen(successor);
    });
    link.on("error", ({ reason, message }) => note(`${reason}: ${message}`));
    link.on("datachannel", (channel) => {
      this.#listen(channel);
      // Not before something was heard: what was sent in the event itself has got lost in Chromium now and then,
      // on a busy machine, although the connection was up on both sides.
      const answer = () => {
        // The other side may have heard enough, and be gone already.
        if (channel.readyState === "open") channel.send("hello");
      };
      channel.addEventListener("message", answer, { once: true });
    });
    if (opens) {
      const channel = link.createDataChannel("talk");
      this.#listen(channel);
      const begunAt = performance.now();
      channel.addEventListener("open", () => {
        this.openAfterMs = performance.now() - begunAt;
        channel.send("hello");
      });
    }
  }

  /** Takes an offer, as if the peer had sent it. */
  receiveOffer(sdp: string): void {
    this.link[roomSide].receive({ kind: "offer", sdp });
  }

  /** Whether the connection is up, and the other side has said something by it. */
  get talks(): boolean {
    return this.link.connection.connectionState === "connected" && this.heard.length > 0;
  }

  get connected(): boolean {
    return this.link.connection.connectionState === "connected";
  }

  /** Whether the connection is the one that the link began with. */
  get keptConnection(): boolean {
    return this.link.connection === this.#first;
  }

  /** Measures how long no new frame comes, from now on. */
  watchFrames(): void {
    let frames = 0;
    let cameAt = performance.now();
    const look = async () => {
      const now = await this.framesDecoded();
      this.longestGapMs = Math.max(this.longestGapMs, performance.now() - cameAt);
      if (now !== frames) cameAt = performance.now();
      frames = now;
      if (!this.link.closed) setTimeout(() => void look(), 400);
    };
    void look();
  }

  /** How many frames of the peer's picture were decoded. */
  async framesDecoded(): Promise<number> {
    let frames = 0;
    (await this.link.connection.getStats()).forEach((stat: { type: string; framesDecoded?: number }) => {
      if (stat.type === "inbound-rtp") frames += stat.framesDecoded ?? 0;
    });
    return frames;
  }

  /** Resolves once so many more frames are decoded; rejects after ten seconds. */
  async decodes(more: number): Promise<void> {
    const least = (await this.framesDecoded()) + more;
    const deadline = performance.now() + 10_000;
    for (let frames = 0; frames < least; frames = await this.framesDecoded()) {
      if (performance.now() > deadline) {
        throw new Error(`${frames} frames are decoded, not ${least}: ${this.events.join(", ")}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  get fragments(): Fragments {
    const { localDescription, remoteDescription } = this.link.connection;
    return { local: fragmentOf(localDescription), remote: fragmentOf(remoteDescription) };
  }

  say(words: string): void {
    if (this.#channel === undefined) throw new Error("there is no channel");
    this.#channel.send(words);
  }

  #listen(channel: RTCDataChannel): void {
    this.#channel ??= channel;
    channel.addEventListener("message", ({ data }) => this.heard.push(String(data)));
  }
}

function fragmentOf(description: RTCSessionDescription | null): string {
  return /^a=ice-ufrag:(\S+)/m.exec(description?.sdp ?? "")?.[1] ?? "";
}
