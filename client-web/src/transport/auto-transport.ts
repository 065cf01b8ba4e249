import type { SignalRequest } from "@parley/contract/plain";
import type { Clock } from "../clock.ts";
import type { SessionStream, SessionTransport, StreamInit, Via } from "../session/session-transport.ts";
import { clientError, type SignalingError } from "../signaling-error.ts";

/** A way to the service. Its code is loaded when it is needed. */
export interface TransportWay {
  readonly via: Via;
  load(): Promise<SessionTransport>;
}

/** How long a stream may be silent before the next way is tried, in milliseconds. */
const silentAfterMs = 4_000;
/** Within how many milliseconds the next way must be answered to show that it is the way, and not the network slow. */
const provesMs = 3_000;
/** After so many failures in a row a way is tried last. */
const mostFailures = 2;

/**
 * Several ways to the service, in order of preference. A stream that is not answered over one, because something between
 * cannot upgrade, or holds a response back, is opened over the next; and what has failed is tried last from then on.
 */
export class AutoTransport implements SessionTransport {
  readonly #ways: readonly RankedWay[];
  readonly #clock: Clock;
  #current: RankedWay | undefined;

  constructor(ways: readonly TransportWay[], clock: Clock) {
    this.#ways = ways.map((way) => new RankedWay(way));
    this.#clock = clock;
  }

  /** Loads the code of the preferred way. */
  async prepare(): Promise<this> {
    await this.#ways[0]?.load();
    return this;
  }

  get via(): Via | undefined {
    return this.#current?.via;
  }

  get answersHeartbeats(): boolean {
    return this.#current?.transport?.answersHeartbeats === true;
  }

  open(init: StreamInit): SessionStream {
    return new AutoStream(this.#order(), this.#clock, init, (way) => {
      this.#current = way;
    });
  }

  async sendLast(sessionToken: string, batch: readonly SignalRequest[], accessToken?: string): Promise<void> {
    const way = this.#current ?? this.#ways[0];
    await (await way?.load())?.sendLast(sessionToken, batch, accessToken);
  }

  #order(): readonly RankedWay[] {
    const failed = this.#ways.filter(({ hasFailed }) => hasFailed);
    if (failed.length === this.#ways.length) for (const way of this.#ways) way.failures = 0;
    return [
      ...this.#ways.filter(({ hasFailed }) => !hasFailed),
      ...this.#ways.filter((way) => way.hasFailed),
    ];
  }
}

/** A way, and how it has done. */
class RankedWay {
  readonly via: Via;
  transport: SessionTransport | undefined;
  failures = 0;
  readonly #load: () => Promise<SessionTransport>;

  constructor({ via, load }: TransportWay) {
    this.via = via;
    this.#load = load;
  }

  get hasFailed(): boolean {
    return this.failures >= mostFailures;
  }

  async load(): Promise<SessionTransport> {
    this.transport ??= await this.#load();
    return this.transport;
  }
}

/** A stream over one way or another. */
class AutoStream implements SessionStream {
  readonly #ways: readonly RankedWay[];
  readonly #clock: Clock;
  readonly #init: StreamInit;
  readonly #answered: (way: RankedWay) => void;
  /** Which way is being tried, or was answered. */
  #at = -1;
  #stream: SessionStream | undefined;
  #isAnswered = false;
  /** The way that was silent, until another one shows that the network was not slow. */
  #silent: RankedWay | undefined;
  #triedAt = 0;
  #stopSilence: (() => void) | undefined;
  #closed = false;

  constructor(
    ways: readonly RankedWay[],
    clock: Clock,
    init: StreamInit,
    answered: (way: RankedWay) => void,
  ) {
    this.#ways = ways;
    this.#clock = clock;
    this.#init = init;
    this.#answered = answered;
    void this.#next();
  }

  async send(batch: readonly SignalRequest[], signal: AbortSignal) {
    const way = this.#ways[this.#at];
    if (this.#stream === undefined || way === undefined) throw clientError("NETWORK", "there is no stream");
    try {
      return await this.#stream.send(batch, signal);
    } catch (error) {
      // Its streams take all connections that there are.
      if ((error as SignalingError).reason === "CONNECTIONS_EXHAUSTED") way.failures = mostFailures;
      if (signal.aborted) way.failures++;
      throw error;
    }
  }

  get probe(): SessionStream["probe"] {
    return this.#stream?.probe;
  }

  close(): void {
    this.#closed = true;
    this.#stopSilence?.();
    this.#stream?.close();
  }

  async #next(): Promise<void> {
    const at = ++this.#at;
    const way = this.#ways[at];
    if (way === undefined) return;
    try {
      const transport = await way.load();
      if (!this.#closed) this.#try(at, way, transport);
    } catch (cause) {
      this.#ended(at, way, clientError("NETWORK", "the transport did not load", cause));
    }
  }

  #try(at: number, way: RankedWay, transport: SessionTransport): void {
    this.#triedAt = this.#clock.now();
    this.#stream = transport.open({
      ...this.#init,
      response: (response) => {
        if (this.#closed || this.#at !== at) return;
        this.#proved(way);
        this.#init.response(response);
      },
      held: () => {
        if (!this.#closed && this.#at === at) this.#init.held();
      },
      end: (error) => this.#ended(at, way, error),
    });
    if (at + 1 === this.#ways.length) return;
    this.#stopSilence = this.#clock.after(silentAfterMs, () => {
      this.#stream?.close();
      this.#silent ??= way;
      void this.#next();
    });
  }

  #proved(way: RankedWay): void {
    if (this.#isAnswered) return;
    this.#isAnswered = true;
    this.#stopSilence?.();
    way.failures = 0;
    const isQuick = this.#clock.now() - this.#triedAt < provesMs;
    if (this.#silent !== undefined && isQuick) this.#silent.failures = mostFailures;
    this.#answered(way);
  }

  #ended(at: number, way: RankedWay, error: SignalingError | undefined): void {
    if (this.#closed || this.#at !== at) return;
    this.#stopSilence?.();
    const isUnreachable = !this.#isAnswered && error?.reason === "NETWORK";
    if (isUnreachable) way.failures++;
    if (isUnreachable && at + 1 < this.#ways.length) return void this.#next();
    this.#closed = true;
    this.#init.end(error);
  }
}
