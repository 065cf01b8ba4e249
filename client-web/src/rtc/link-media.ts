import { sendersOf } from "./rtp-parts.ts";

/** A data channel that this side made. */
interface OwnChannel {
  readonly label: string;
  readonly init: RTCDataChannelInit | undefined;
  channel: RTCDataChannel;
}

/** What one side sends over a link: enough of it to move to another connection. */
export class LinkMedia {
  readonly #streams = new WeakMap<MediaStreamTrack, readonly MediaStream[]>();
  /** The sender of each track, also after the track was replaced by nothing. */
  #senders = new WeakMap<MediaStreamTrack, RTCRtpSender>();
  #channels: OwnChannel[] = [];

  addTrack(
    connection: RTCPeerConnection,
    track: MediaStreamTrack,
    streams: readonly MediaStream[],
  ): RTCRtpSender {
    const sender = connection.addTrack(track, ...streams);
    this.#streams.set(track, streams);
    this.#senders.set(track, sender);
    return sender;
  }

  /** Sends another track, or nothing, instead of one. No effect if that one was never sent. */
  async replaceTrack(
    connection: RTCPeerConnection,
    before: MediaStreamTrack,
    after: MediaStreamTrack | null,
  ): Promise<void> {
    const streams = this.#streams.get(before);
    const sender = connection.getSenders().find(({ track }) => track === before) ?? this.#senders.get(before);
    if (sender !== undefined) {
      if (after !== null) {
        if (streams !== undefined) this.#streams.set(after, streams);
        this.#senders.set(after, sender);
      }
      this.#senders.set(before, sender);
      await sender.replaceTrack(after);
    } else if (streams !== undefined && after !== null) {
      // The connection was replaced while nothing was sent.
      this.addTrack(connection, after, streams);
    }
  }

  createChannel(connection: RTCPeerConnection, label: string, init?: RTCDataChannelInit): RTCDataChannel {
    const channel = connection.createDataChannel(label, init);
    this.#channels.push({ label, init, channel });
    return channel;
  }

  /**
   * Adds what was sent over one connection to another: tracks, also those that were added to the connection
   * itself, and the open channels of this side. Returns the new channel of each old one.
   */
  move(from: RTCPeerConnection, to: RTCPeerConnection): ReadonlyMap<RTCDataChannel, RTCDataChannel> {
    this.#senders = new WeakMap();
    for (const { track } of sendersOf(from)) {
      if (track?.readyState === "live") this.addTrack(to, track, this.#streams.get(track) ?? []);
    }
    const moved = new Map<RTCDataChannel, RTCDataChannel>();
    this.#channels = this.#channels.filter(({ channel }) => isUsed(channel));
    for (const own of this.#channels) {
      const channel = to.createDataChannel(own.label, own.init);
      moved.set(own.channel, channel);
      own.channel = channel;
    }
    return moved;
  }
}

function isUsed({ readyState }: RTCDataChannel): boolean {
  return readyState === "open" || readyState === "connecting";
}
