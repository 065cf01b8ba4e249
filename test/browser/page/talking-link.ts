import type { PeerLink } from "../../../client-web/src/index.ts";

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
  #channel: RTCDataChannel | undefined;

  /** @param opens whether this side opens a channel; where both do, there are two */
  constructor(link: PeerLink, opens: boolean) {
    this.link = link;
    link.on("closed", (reason) => {
      this.closedBecause = reason;
    });
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
      channel.addEventListener("open", () => channel.send("hello"));
    }
  }

  /** Whether the connection is up, and the other side has said something by it. */
  get talks(): boolean {
    return this.link.connection.connectionState === "connected" && this.heard.length > 0;
  }

  get connected(): boolean {
    return this.link.connection.connectionState === "connected";
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
