import type { Timers } from "../time/timers.ts";
import type { CutCause } from "./cut-cause.ts";
import { WriteDeadline, type WritePace } from "./write-deadline.ts";

/** A response whose client may not read it. */
export interface WatchedResponse {
  /** The connection it leaves by, which may carry others. */
  readonly carrier: UnsentCarrier;
  /** The bytes that wait for the client. */
  readonly waiting: number;
  /** A count that rises with every byte that the client takes. */
  readonly taken: number;
  /** Kept here for the watch, which most responses need for a moment only: what is counted of it, 0 at first. */
  counted: number;
  deadline: WriteDeadline | undefined;
  /** Breaks the response off, because its client is too slow. */
  abort(tooSlow: true): void;
}

/** What counts the unsent bytes of one connection. */
export interface UnsentCarrier {
  unsent: number;
  /** Why this node closed it; undefined if it did not. */
  readonly cause?: CutCause | undefined;
}

export interface UnsentLimits extends WritePace {
  /** Of one connection. Beyond it no session begins there, and beyond its double responses are broken off. */
  readonly connectionBytes: number;
  /** Of the node. Beyond it the connection that has most loses its responses. */
  readonly nodeBytes: number;
}

/** How often the responses are looked at, in milliseconds. */
const sweepMs = 1000;

/**
 * Watches the responses that wait for their clients. HTTP/2 lets a client advertise any window, even none, and Node
 * keeps what does not fit, as long as the client likes.
 */
export class WriteWatch {
  readonly #limits: UnsentLimits;
  readonly #timers: Timers;
  readonly #watched = new Set<WatchedResponse>();
  #unsent = 0;
  #sweeping = false;

  constructor(limits: UnsentLimits, timers: Timers) {
    this.#limits = limits;
    this.#timers = timers;
  }

  /** The bytes that wait, over all connections. */
  get unsent(): number {
    return this.#unsent;
  }

  /** How many responses are watched. */
  get size(): number {
    return this.#watched.size;
  }

  /** Whether a connection holds so much that nothing more should be asked of it. */
  isFull({ unsent }: UnsentCarrier): boolean {
    return unsent > this.#limits.connectionBytes;
  }

  /** Something of a response waits. */
  watch(response: WatchedResponse): void {
    this.#watched.add(response);
    this.#sweepLater();
    this.#count(response, response.waiting);
    if (response.carrier.unsent > this.#limits.connectionBytes * 2) return this.#abort(response);
    if (this.#unsent > this.#limits.nodeBytes) this.#relieve();
  }

  /** Nothing of a response waits any more, or it is gone. */
  forget(response: WatchedResponse): void {
    if (!this.#watched.delete(response)) return;
    this.#count(response, 0);
    response.deadline = undefined;
  }

  #count(response: WatchedResponse, waiting: number): void {
    const more = waiting - response.counted;
    response.carrier.unsent += more;
    this.#unsent += more;
    response.counted = waiting;
  }

  #abort(response: WatchedResponse): void {
    this.forget(response);
    response.abort(true);
  }

  #sweepLater(): void {
    if (this.#sweeping) return;
    this.#sweeping = true;
    this.#timers.after(sweepMs, this.#sweep);
  }

  readonly #sweep = (): void => {
    this.#sweeping = false;
    const now = this.#timers.now();
    for (const response of [...this.#watched]) {
      const { waiting, taken } = response;
      response.deadline ??= new WriteDeadline();
      if (response.deadline.isMissed(now, waiting, taken, this.#limits)) this.#abort(response);
      else if (waiting === 0) this.forget(response);
      else this.#count(response, waiting);
    }
    if (this.#watched.size > 0) this.#sweepLater();
  };

  /** Breaks off the responses of the connection that holds most. */
  #relieve(): void {
    let worst: UnsentCarrier | undefined;
    for (const { carrier } of this.#watched) {
      if (worst === undefined || carrier.unsent > worst.unsent) worst = carrier;
    }
    for (const response of [...this.#watched]) if (response.carrier === worst) this.#abort(response);
  }
}
