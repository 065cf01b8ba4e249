/** The kinds of signal of a call. */
export type Kind = "offer" | "answer" | "candidate";

/** One peer of a benchmark, in whatever protocol. */
export interface BenchClient {
  /** Sends signals that belong together, as this protocol's own clients do. */
  send(to: string, kind: Kind, texts: readonly string[]): void;
  /** Drops the connection as a lost network does. */
  cut(): void;
  /** Comes back after a cut, where the protocol can: the session goes on. */
  resume?(): Promise<void>;
  /** How many of its signals are not acknowledged; absent if nothing is acknowledged. */
  readonly unacked?: number;
}

export interface ClientOptions {
  readonly url: string;
  readonly room: string;
  readonly peer: string;
  /** The address to connect from. Heeded by the peers that speak WebSocket only. @default any */
  readonly from?: string;
  /** One signal has come. */
  readonly received: (from: string, kind: Kind, text: string) => void;
}

/** Connects a peer, and resolves when it can send and receive. */
export type ConnectClient = (options: ClientOptions) => Promise<BenchClient>;
