import type { Socket } from "node:net";
import type { Timer, Timers } from "../../time/timers.ts";

export interface KeepaliveTimes {
  /** How long a client may say nothing before it is asked for a sign of life, in milliseconds. */
  readonly pingIntervalMs: number;
  /** How long it may take to answer, in milliseconds. */
  readonly pingTimeoutMs: number;
}

/** A stream that can ask its client for a sign of life. */
export interface Pingable {
  readonly isPaused: boolean;
  askForLife(): void;
}

/**
 * Finds clients that are gone without a word, such as a phone in a tunnel: TCP alone notices only after a quarter of an
 * hour. Looks at the bytes that were read, so that messages cost nothing more.
 */
export class Keepalive {
  readonly #stream: Pingable;
  readonly #socket: Socket;
  readonly #timers: Timers;
  readonly #times: KeepaliveTimes;
  #timer: Timer | undefined;
  #read: number;
  #asked = false;

  constructor(stream: Pingable, socket: Socket, timers: Timers, times: KeepaliveTimes) {
    this.#stream = stream;
    this.#socket = socket;
    this.#timers = timers;
    this.#times = times;
    this.#read = socket.bytesRead;
    this.#timer = timers.after(times.pingIntervalMs, this.#look);
  }

  /** The connection is gone. */
  stop(): void {
    this.#timers.cancel(this.#timer);
  }

  readonly #look = (): void => {
    const { bytesRead } = this.#socket;
    const isSilent = bytesRead === this.#read && !this.#stream.isPaused;
    this.#read = bytesRead;
    if (isSilent && this.#asked) return void this.#socket.destroy();
    this.#asked = isSilent;
    if (isSilent) this.#stream.askForLife();
    this.#timer = this.#timers.after(
      isSilent ? this.#times.pingTimeoutMs : this.#times.pingIntervalMs,
      this.#look,
    );
  };
}
