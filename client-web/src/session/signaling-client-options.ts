import type { Clock } from "../clock.ts";
import type { Emitter } from "../emitter.ts";
import type { PageLifecycle } from "./page-lifecycle.ts";
import type { ReconnectPolicy } from "./reconnect-policy.ts";
import type { SessionTransport } from "./session-transport.ts";
import type { SignalingEvents } from "./signaling-events.ts";
import type { SessionMemory } from "./tab-memory.ts";

/** What a `SignalingClient` is made from. */
export interface SignalingClientOptions {
  /** How to reach the service: `webTransport` of `@parley/client-web/connect`, or `bidiTransport` outside of browsers. */
  readonly transport: SessionTransport;
  /** The room: 1 to 128 characters of `A-Z a-z 0-9 . _ ~ : @ + -`. */
  readonly room: string;
  /** The name of this peer in the room: 1 to 64 of the same characters. @default the server makes one */
  readonly peerId?: string | undefined;
  /** What the other peers should know of this one; at most 16 entries and 4096 bytes. @default nothing */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /**
   * The access token. A function is called before each stream is opened, and when the service announces that the token
   * expires: the session then moves to a stream with the newer one. @default none
   */
  readonly token?: AccessToken | undefined;
  /** Gives the first join up when it is aborted; no effect once the session is open. */
  readonly signal?: AbortSignal | undefined;
  /**
   * How long to keep trying the first join while the service cannot be reached, in milliseconds. An answer such as
   * `ROOM_FULL` rejects at once. If another session holds the name, the join waits once as long as the service
   * asks for: a second, or the rest of the resume window of a peer that is away. @default 15000
   */
  readonly joinTimeoutMs?: number | undefined;
  /** When to take the session up again. @default backoff() */
  readonly reconnect?: ReconnectPolicy | undefined;
  /**
   * Whether to join again, as a new session, when the service has given this one up (a `retry` of "rejoin").
   * All that was not acknowledged is rejected either way. False closes the client instead. @default true
   */
  readonly rejoin?: boolean | undefined;
  /** @default systemClock */
  readonly clock?: Clock | undefined;
  /** @default browserPage */
  readonly page?: PageLifecycle | undefined;
  /** Where a session is remembered beyond the life of the page, such as `new TabMemory()`. @default nowhere */
  readonly memory?: SessionMemory | undefined;
  /** Called with the client before anything happens; `logSession` logs what does. @default none */
  readonly debug?: ((client: Emitter<SignalingEvents>) => void) | undefined;
}

/** A token, or where to get one. */
export type AccessToken = string | (() => string | Promise<string>);
