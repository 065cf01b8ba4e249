import type { ReceiveWatch, ReceiveWatchHost } from "./receive-watch.ts";
import { receiversOf } from "./rtp-parts.ts";

/** A `ReceiveWatch` whose code is loaded when media may come: pages that only exchange data never need it. */
export class MediaWatch {
  readonly #host: ReceiveWatchHost;
  #watch: ReceiveWatch | undefined;
  /** What was looked at last, unless it was stopped since. */
  #connection: RTCPeerConnection | undefined;
  #isLoading = false;

  constructor(host: ReceiveWatchHost) {
    this.#host = host;
  }

  /** The state of a connection may have changed, or a description was set. */
  look(connection: RTCPeerConnection): void {
    this.#connection = connection;
    if (this.#watch !== undefined) this.#watch.look(connection);
    else if (connection.connectionState === "connected" && receiversOf(connection).length > 0) this.#load();
  }

  stop(): void {
    this.#connection = undefined;
    this.#watch?.stop();
  }

  #load(): void {
    if (this.#isLoading) return;
    this.#isLoading = true;
    import("./receive-watch.ts").then(
      ({ ReceiveWatch }) => {
        this.#watch = new ReceiveWatch(this.#host);
        if (this.#connection !== undefined) this.#watch.look(this.#connection);
      },
      () => {
        // The next look tries again.
        this.#isLoading = false;
      },
    );
  }
}
