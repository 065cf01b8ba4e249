import type { Resume, SignalResponse, Welcome } from "@parley/contract/plain";
import type { Clock } from "../clock.ts";
import { millisecondsOf } from "../duration.ts";
import { clientError, errorOf, type SignalingError } from "../signaling-error.ts";
import { Timers } from "../timers.ts";
import type { ReconnectPolicy } from "./reconnect-policy.ts";
import type { SessionStart, SessionStream, SessionTransport } from "./session-transport.ts";

/** How long an attempt may take until `Welcome`, in milliseconds. */
const openDeadlineMs = 10_000;
/** How many heartbeat intervals may pass in silence before a stream counts as dead. */
const silentIntervals = 2.5;
/** Which part of the resume window a silence may take at most: the rest is for coming back. */
const silentShare = 0.8;
/** How long a stream must have held for the waits between attempts to start over, in milliseconds. */
const stableMs = 5_000;
/**
 * As which attempt the next one is made at the latest after a stream that opened and did not hold: the service is
 * there, and it is the way to it that breaks. Who waited longer would be away most of the time.
 */
const brokenAttempt = 4;
/** As which attempt a new session is joined at the latest, where the service has given the old one up. */
const rejoinAttempt = 2;
/** How long an attempt that was given up may still reach the server and take the session, in milliseconds. */
const strayMs = 60_000;

/** What it needs of its session. */
export interface ReconnectorHost {
  readonly clock: Clock;
  readonly policy: ReconnectPolicy;
  readonly transport: SessionTransport;
  /** Whether the access token of the next stream may be another. */
  readonly renewsToken: boolean;
  accessToken(): Promise<string | undefined>;
  start(): SessionStart;
  resume(): Resume;
  /** A stream is being opened that takes signals already. */
  held(stream: SessionStream): void;
  /** The stream that is being opened waits in the lobby. */
  waiting(position: number, placeToken: string): void;
  /** A new stream is open, and the one before it is closed. */
  attached(stream: SessionStream, response: SignalResponse, welcome: Welcome): void;
  /** A later response on the open stream. A transport that polls says `Welcome` again. */
  response(response: SignalResponse): void;
  /** The stream is gone. Returns whether to open another; before that, what it starts with may change. */
  detached(error: SignalingError): boolean;
  /** No stream will be opened any more. */
  over(error?: SignalingError): void;
}

interface Attempt {
  stream?: SessionStream;
}

/**
 * Keeps a session on a stream: opens one, notices when it is dead, and opens the next, with growing waits.
 * A session has one reconnector for its whole life, and at most two streams: the open one, and the one that
 * takes over from it.
 */
export class Reconnector {
  #heartbeatMs = 15_000;
  #resumeWindowMs = 30_000;
  readonly #host: ReconnectorHost;
  #open: Attempt | undefined;
  #opening: Attempt | undefined;
  #attempt = 0;
  #openedAt = 0;
  #heardAt = 0;
  #heardWallTime = 0;
  /** When an attempt was last given up without an answer, which might still reach the server. */
  #strayAt = Number.NEGATIVE_INFINITY;
  readonly #timers: Timers<"deadline" | "retry" | "watch">;
  #closed = false;

  constructor(host: ReconnectorHost) {
    this.#host = host;
    this.#timers = new Timers(host.clock);
  }

  /** Opens a stream now, whatever wait there is. An open one goes on until the new one is there. */
  open(): void {
    if (this.#closed || this.#opening !== undefined) return;
    this.#timers.stop("retry");
    const attempt: Attempt = {};
    this.#opening = attempt;
    this.#expire(attempt, openDeadlineMs);
    void this.#begin(attempt);
  }

  /** Opens another stream after a wait, because this one will end. */
  moveAfter(delayMs: number): void {
    if (this.#opening === undefined) this.#openAfter(delayMs);
  }

  /** How long a stream may be silent, in milliseconds: a heartbeat may be late, but the session must be there still. */
  get #silentMs(): number {
    const patience = Math.min(this.#heartbeatMs * silentIntervals, this.#resumeWindowMs * silentShare);
    return Math.max(patience, this.#heartbeatMs * 1.2);
  }

  /** The network may be back, or the page is seen again: does not wait any longer, nor trust a silent stream. */
  wake(): void {
    if (this.#timers.runs("retry")) return this.open();
    const { clock } = this.#host;
    // `now` may have stood still while the machine slept; the time of day shows how long that was.
    const silent = Math.max(clock.now() - this.#heardAt, clock.wallTime() - this.#heardWallTime);
    if (this.#open !== undefined && silent > this.#heartbeatMs * 1.2) {
      this.drop(clientError("NETWORK", "the stream was silent"));
    }
  }

  /** Drops the streams, and goes on as after a broken connection. */
  drop(error: SignalingError): void {
    if (this.#closed) return;
    this.#dropStreams();
    this.#failed(error);
  }

  /** Drops the streams, and opens no other until `open`. */
  suspend(): void {
    this.#dropStreams();
    this.#timers.stop("retry");
  }

  /** Drops the streams for good. */
  close(): void {
    this.#closed = true;
    this.suspend();
  }

  async #begin(attempt: Attempt): Promise<void> {
    const { transport } = this.#host;
    try {
      const accessToken = await this.#host.accessToken();
      if (this.#opening !== attempt) return;
      attempt.stream = transport.open({
        start: this.#host.start(),
        accessToken,
        resume: () => this.#host.resume(),
        response: (response) => this.#response(attempt, response),
        held: () => this.#held(attempt),
        end: (error) => this.#ended(attempt, error),
      });
    } catch (error) {
      this.#ended(attempt, errorOf(error));
    }
  }

  #expire(attempt: Attempt, delayMs: number): void {
    this.#timers.restart("deadline", delayMs, () => {
      attempt.stream?.close();
      this.#strayAt = this.#host.clock.now();
      this.#ended(attempt, clientError("TIMEOUT", "the stream did not open in time"));
    });
  }

  #held(attempt: Attempt): void {
    if (this.#opening !== attempt || attempt.stream === undefined) return;
    this.#expire(attempt, this.#silentMs);
    if (this.#open === undefined) this.#host.held(attempt.stream);
  }

  #response(attempt: Attempt, response: SignalResponse): void {
    if (attempt !== this.#open && attempt !== this.#opening) return;
    const { body } = response;
    if (attempt === this.#opening) {
      if (body.case === "waiting") {
        this.#expire(attempt, this.#silentMs);
        return this.#host.waiting(body.value.position, body.value.sessionToken);
      }
      if (body.case !== "welcome" || attempt.stream === undefined) return;
      this.#promote(attempt, attempt.stream, response, body.value);
      return;
    }
    this.#heard();
    if (body.case === "goAway") {
      this.moveAfter(millisecondsOf(body.value.reconnectAfter));
    }
    // The next stream asks for another token; the session goes on with it.
    if (body.case === "tokenExpiring" && this.#host.renewsToken) this.moveAfter(0);
    this.#host.response(response);
  }

  #promote(attempt: Attempt, stream: SessionStream, response: SignalResponse, welcome: Welcome): void {
    const now = this.#host.clock.now();
    this.#timers.stop("deadline");
    const before = this.#open;
    this.#opening = undefined;
    this.#open = attempt;
    before?.stream?.close();
    this.#openedAt = now;
    this.#heard();
    this.#heartbeatMs = millisecondsOf(welcome.heartbeatInterval) || this.#heartbeatMs;
    if (welcome.resumeWindow !== undefined) this.#resumeWindowMs = millisecondsOf(welcome.resumeWindow);
    this.#watch();
    this.#host.attached(stream, response, welcome);
  }

  #heard(): void {
    const { clock } = this.#host;
    this.#heardAt = clock.now();
    this.#heardWallTime = clock.wallTime();
  }

  #ended(attempt: Attempt, error?: SignalingError): void {
    const cause = error ?? clientError("NETWORK", "the stream ended");
    if (attempt === this.#opening) {
      this.#opening = undefined;
      this.#timers.stop("deadline");
      this.#failed(cause);
    } else if (attempt === this.#open) {
      this.#open = undefined;
      this.#timers.stop("watch");
      // While another is being opened, its end is the end of the matter.
      if (this.#opening === undefined) this.#failed(cause);
    }
  }

  #failed(error: SignalingError): void {
    const { clock, policy } = this.#host;
    if (this.#open !== undefined && error.retry !== "never" && error.retry !== "rejoin") {
      // Handing over did not work; the old stream still does.
      return this.#openAfter(Math.max(policy(this.#attempt++, error) ?? 0, error.retryAfterMs ?? 0));
    }
    this.#dropStreams();
    if (this.#openedAt !== 0) {
      const held = clock.now() - this.#openedAt >= stableMs;
      this.#attempt = held ? 0 : Math.min(this.#attempt, brokenAttempt);
    }
    this.#openedAt = 0;
    // The service has answered: there is nothing to wait for but the others who lost their sessions too.
    if (error.retry === "rejoin") this.#attempt = Math.min(this.#attempt, rejoinAttempt);
    const again = this.#host.detached(error) || this.#tookItself(error);
    if (this.#closed) return;
    const wait = again ? policy(this.#attempt++, error) : null;
    if (wait === null) {
      this.close();
      return this.#host.over(error);
    }
    this.#openAfter(Math.max(wait, error.retryAfterMs ?? 0));
  }

  /** Whether the session was taken over by an attempt of its own that came late. */
  #tookItself(error: SignalingError): boolean {
    const recent = this.#host.clock.now() - this.#strayAt < strayMs;
    if (error.reason !== "SESSION_REPLACED" || !recent) return false;
    this.#strayAt = Number.NEGATIVE_INFINITY;
    return true;
  }

  #openAfter(delayMs: number): void {
    this.#timers.restart("retry", delayMs, () => this.open());
  }

  #watch(): void {
    const limit = this.#silentMs;
    const left = this.#heardAt + limit - this.#host.clock.now();
    this.#timers.restart("watch", Math.max(left, 1), () => {
      if (this.#host.clock.now() - this.#heardAt < limit) return this.#watch();
      this.drop(clientError("TIMEOUT", "the stream was silent"));
    });
  }

  #dropStreams(): void {
    const streams = [this.#open?.stream, this.#opening?.stream];
    if (this.#opening !== undefined) this.#strayAt = this.#host.clock.now();
    this.#open = undefined;
    this.#opening = undefined;
    this.#timers.stop("deadline");
    this.#timers.stop("watch");
    for (const stream of streams) stream?.close();
  }
}
