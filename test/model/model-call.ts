import type { ConnectError } from "@connectrpc/connect";

/** One stream of a model peer, whatever carries it, without a network: a test moves each message on. */
export interface ModelCall {
  /** Whether the server has ended it, or the connection is gone. */
  readonly ended: boolean;
  readonly error: ConnectError | undefined;
  /** Whether its end, unless it is an error, only asks for the next one: that of a poll. */
  readonly polls?: boolean;
  /** While true, the client's window is shut. */
  blocked: boolean;
  /** What the server wrote and the client has not read. */
  readonly down: Uint8Array[];
  /** The client's message arrives. */
  arrive(bytes: Uint8Array): void;
  /** The client's window opens again. */
  unblock(): void;
  /** The connection is gone, with all that was under way. */
  cut(): void;
}
