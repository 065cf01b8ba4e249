import type { Caller } from "../admission/caller.ts";
import type { Failure } from "../switchboard/failure.ts";
import type { FieldFailure } from "./attach-request.ts";

/** One stream of a client, as its session needs it, whatever carries it. */
export interface SessionOutput {
  /** The client whose limits apply; absent if none do. Read before anything is written. */
  readonly caller?: Caller | undefined;
  /** The `Authorization` header of its request; absent if it has none. Read before anything is written. */
  readonly authorization?: string | undefined;
  /**
   * Writes a copy of one `SignalResponse`, which is `head` and `rest`. False: no more until `PeerStream.drained`.
   */
  write(head: Uint8Array, rest?: Uint8Array): boolean;
  /** Ends the stream: with OK, or for this cause. `PeerStream.closed` follows, perhaps at once. */
  end(cause?: Failure | FieldFailure): void;
  /** The session is open: the client has proved that it is one. */
  opened(): void;
  /** Stops reading requests, and goes on. What was read before may still come. */
  pause(): void;
  resume(): void;
}
