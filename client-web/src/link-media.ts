/** A data channel that this side made. */
interface OwnChannel {
  readonly label: string;
  readonly init: RTCDataChannelInit | undefined;
  channel: RTCDataChannel;
}

/** What one side sends over a link: enough of it to move to another connection. */
export class LinkMedia {
  readonly #streams = new WeakMap<MediaStreamTrack, readonly MediaStream[]>();
  #channels: OwnChannel[] = [];

  addTrack(
    connection: RTCPeerConnection,
    track: MediaStreamTrack,
    streams: readonly MediaStream[],
  ): RTCRtpSender {
    this.#streams.set(track, streams);
    return connection.addTrack(track, ...streams);
  }

  /** Sends another track in place of one. Returns false if that one is not sent. */
  async replaceTrack(
    connection: RTCPeerConnection,
    before: MediaStreamTrack,
    after: MediaStreamTrack | null,
  ): Promise<boolean> {
    const sender = connection.getSenders().find(({ track }) => track === before);
    if (sender === undefined) return false;
    const streams = this.#streams.get(before);
    if (after !== null && streams !== undefined) this.#streams.set(after, streams);
    await sender.replaceTrack(after);
    return true;
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
    for (const { track } of from.getSenders?.() ?? []) {
      if (track !== null && track.readyState === "live")
        to.addTrack(track, ...(this.#streams.get(track) ?? []));
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
