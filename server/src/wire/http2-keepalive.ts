import { constants, type ServerHttp2Session } from "node:http2";
import type { Connection } from "../net/connection.ts";
import type { Timer, Timers } from "../time/timers.ts";

export interface KeepTimes {
  /** How long a connection may say nothing before it is asked for a sign of life, in milliseconds. */
  readonly pingIntervalMs: number;
  /** How long it may take to answer, in milliseconds. */
  readonly pingTimeoutMs: number;
  /** After how long without a stream a connection is closed, in milliseconds. */
  readonly idleMs: number;
}

/**
 * Watches the HTTP/2 connections: one whose client is gone without a word (a phone in a tunnel) is found by
 * PING, and one that nobody uses is closed. Node does neither.
 */
export class Http2Keepalive {
  readonly #timers: Timers;
  readonly #times: KeepTimes;
  readonly #kept = new Set<WatchedConnection>();
  #leaving: "no" | "goAway" | "close" = "no";

  constructor(timers: Timers, times: KeepTimes) {
    this.#timers = timers;
    this.#times = times;
  }

  /** How many connections there are. */
  get size(): number {
    return this.#kept.size;
  }

  keep(session: ServerHttp2Session, connection: Connection | undefined): void {
    const kept = new WatchedConnection(session, connection, this.#timers, this.#times);
    this.#kept.add(kept);
    session.once("close", () => {
      this.#kept.delete(kept);
      kept.stop();
    });
    // Reported by "close" as well; without a listener it would end the process.
    session.on("error", () => {});
    // It was being opened when the others learned of it.
    if (this.#leaving === "close") kept.close();
    else if (this.#leaving === "goAway") kept.goAway();
  }

  /**
   * Asks every client to open its next stream on another connection (GOAWAY with NO_ERROR, RFC 9113 section 6.8). What
   * is open goes on, and PING too, unlike after Node's `close`.
   */
  goAwayAll(): void {
    this.#leaving = "goAway";
    for (const kept of [...this.#kept]) kept.goAway();
  }

  /** Refuses new streams (GOAWAY); a connection closes when its last one is over. */
  closeAll(): void {
    this.#leaving = "close";
    for (const kept of [...this.#kept]) kept.close();
  }
}

class WatchedConnection {
  readonly #session: ServerHttp2Session;
  readonly #connection: Connection | undefined;
  readonly #timers: Timers;
  readonly #times: KeepTimes;
  #timer: Timer | undefined;
  #streams = 0;
  #idleSince: number;

  constructor(
    session: ServerHttp2Session,
    connection: Connection | undefined,
    timers: Timers,
    times: KeepTimes,
  ) {
    this.#session = session;
    this.#connection = connection;
    this.#timers = timers;
    this.#times = times;
    this.#idleSince = timers.now();
    session.on("stream", (stream) => {
      this.#streams++;
      stream.once("close", this.#streamClosed);
    });
    this.#timer = timers.after(times.pingIntervalMs, this.#ping);
  }

  stop(): void {
    this.#timers.cancel(this.#timer);
  }

  goAway(): void {
    // With the number of the last stream that was received. The RFC suggests to begin with the highest number there is,
    // so that streams on their way are still served; but nghttp2 ignores every stream that comes after a GOAWAY, and its
    // client would wait forever. As it is, clients know that these were not seen, and open them elsewhere.
    if (!this.#session.closed) this.#session.goaway(constants.NGHTTP2_NO_ERROR);
  }

  close(): void {
    if (!this.#session.closed) this.#session.close();
  }

  readonly #streamClosed = (): void => {
    if (--this.#streams === 0) this.#idleSince = this.#timers.now();
  };

  readonly #ping = (): void => {
    if (this.#streams === 0 && this.#timers.now() - this.#idleSince >= this.#times.idleMs) this.close();
    if (this.#session.destroyed) return;
    if (this.#session.closed && this.#streams > 0) {
      // It ends with its last stream (GOAWAY, from either side), and until then Node sends no PING on it: that
      // its client is there, TCP must find out.
      this.#timer = this.#timers.after(this.#times.pingIntervalMs, this.#ping);
      return;
    }
    this.#timer = this.#timers.after(this.#times.pingTimeoutMs, this.#lost);
    this.#session.ping(this.#answered);
  };

  readonly #answered = (error: Error | null): void => {
    if (error !== null || this.#session.destroyed) return;
    this.#timers.cancel(this.#timer);
    this.#timer = this.#timers.after(this.#times.pingIntervalMs, this.#ping);
  };

  readonly #lost = (): void => {
    if (this.#connection !== undefined) this.#connection.cause ??= "silent";
    this.#session.destroy();
  };
}
