import type { BenchClient, ClientOptions, ConnectClient, Kind } from "./bench-client.ts";
import { ParleySession } from "./parley-codec.ts";

/** How long an acknowledgement waits for a signal that carries it, in milliseconds: as `client-web` does it. */
const ackDelayMs = 1000;

/** A peer of Parley, whatever carries it. */
export abstract class ParleyClient implements BenchClient {
  protected readonly options: ClientOptions;
  protected readonly session: ParleySession;
  #ackTimer: NodeJS.Timeout | undefined;

  constructor(options: ClientOptions) {
    this.options = options;
    this.session = new ParleySession(options.received);
  }

  get unacked(): number {
    return this.session.unacked.length;
  }

  /** Joins, or resumes if it has joined. */
  abstract open(): Promise<void>;
  abstract send(to: string, kind: Kind, texts: readonly string[]): void;
  /** Drops the connection. */
  protected abstract drop(): void;

  cut(): void {
    clearTimeout(this.#ackTimer);
    this.#ackTimer = undefined;
    this.drop();
  }

  resume(): Promise<void> {
    return this.open();
  }

  /** Acknowledges in a while what has come, unless a signal does so before. `write` ignores it without a connection. */
  protected ackLater(write: (acknowledgement: Buffer) => void): void {
    this.#ackTimer ??= setTimeout(() => {
      this.#ackTimer = undefined;
      if (this.session.saidSeq !== this.session.lastSeq) write(this.session.acknowledgement());
    }, ackDelayMs);
  }
}

/** Connects peers of this class. */
export function connecting(Client: new (options: ClientOptions) => ParleyClient): ConnectClient {
  return async (options) => {
    const client = new Client(options);
    await client.open();
    return client;
  };
}
