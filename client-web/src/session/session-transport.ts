import type { Join, Rejected, Resume, SignalRequest, SignalResponse } from "@parley/contract/plain";
import type { SignalingError } from "../signaling-error.ts";

/** How a stream begins: the `start` of a `ReceiveRequest`, or the first body of `Signal`. */
export type SessionStart =
  | { readonly case: "join"; readonly value: Join }
  | { readonly case: "resume"; readonly value: Resume };

/** What a stream is opened with. */
export interface StreamInit {
  readonly start: SessionStart;
  /** Sent as `authorization: Bearer`. */
  readonly accessToken?: string | undefined;
  /** The session as it stands, for a transport that resumes by itself, as polling does. */
  resume(): Resume;
  /** One response; the first is `Welcome`. */
  response(response: SignalResponse): void;
  /**
   * A resume was asked for, and its answer may take until the next heartbeat of the server with nothing wrong.
   * `send` works meanwhile. Not before `open` has returned.
   */
  held(): void;
  /** The stream is over: with OK, or for this cause. Nothing comes after it. */
  end(error?: SignalingError): void;
}

/** What the answer to a batch says, where the transport has answers. */
export interface BatchAnswer {
  readonly ack: number;
  readonly rejected: readonly Rejected[];
}

/** An open session on its transport. */
export interface SessionStream {
  /**
   * Sends a batch, and resolves when the next may be sent; with the answer, where acknowledgements do not
   * only come by the stream. Rejects with a `SignalingError`.
   */
  send(batch: readonly SignalRequest[], signal: AbortSignal): Promise<BatchAnswer | undefined>;
  /**
   * Resolves when the service has answered something, and rejects when it cannot be reached: for transports whose sends
   * have no answer.
   */
  readonly probe?: (() => Promise<void>) | undefined;
  /** Drops the stream and what is in flight, without notice to the server. Nothing is reported after it. */
  close(): void;
}

/** How a session is carried: a WebSocket, a stream of responses beside requests, or one request after another. */
export type Via = "websocket" | "stream" | "poll";

/** The one seam between a session and the calls that carry it. */
export interface SessionTransport {
  /**
   * Whether each heartbeat of the server is answered on arrival: for transports whose two halves do not share a
   * connection, so that the server notices when the client is gone. (Timers would not do: browsers slow them down.)
   * @default false
   */
  readonly answersHeartbeats?: boolean;
  /** How the newest stream is carried; undefined if there was none yet, or if there is nothing to choose. */
  readonly via?: Via | undefined;
  open(init: StreamInit): SessionStream;
  /** Sends a batch outside any stream, as a last word; survives the unload of the page where that can be had. */
  sendLast(sessionToken: string, batch: readonly SignalRequest[], accessToken?: string): Promise<void>;
}
