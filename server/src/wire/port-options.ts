import type { Registry } from "@bufbuild/protobuf";
import type { ConnectError } from "@connectrpc/connect";
import type { ConnectionDoor } from "../net/connection-door.ts";
import type { NetEvents, NetLimits } from "../net/connection-table.ts";
import type { TlsIdentity } from "../net/tls-identity.ts";
import type { Route } from "../rpc/call.ts";
import type { Clock } from "../time/clock.ts";
import type { ExchangeDoor } from "./exchange-door.ts";
import type { OriginPolicyOptions } from "./origin-policy.ts";
import type { RequestDoor } from "./request-door.ts";
import type { RefusedPage } from "./request-gate.ts";
import type { UpgradeDoor } from "./upgrade-door.ts";
import type { WireFault } from "./wire-error.ts";

/** What a port serves, and within which bounds. */
export interface PortOptions {
  readonly routes: readonly Route[];
  /** Asked in turn for what is no RPC, before `requests`. Default none. */
  readonly exchanges?: readonly ExchangeDoor[];
  /** Asked in turn for what is no RPC; what none of them answers is not found. Default none. */
  readonly requests?: readonly RequestDoor[];
  /** Take over connections of HTTP/1.1. Default none. */
  readonly upgrades?: readonly UpgradeDoor[];
  /** Take over whole connections, which are recognized by their first bytes or by ALPN. Default none. */
  readonly connections?: readonly ConnectionDoor[];
  /** The limit of one message, after decompression, in bytes. gRPC's own default is 4 MiB. */
  readonly messageBytes: number;
  /** How much of a message is taken before `CallHandler.vet` has looked at it, in bytes. Default 16 KiB. */
  readonly headBytes?: number;
  /** Braces, brackets, colons and commas of one message in JSON: what it costs to read. Default 10,000. */
  readonly jsonTokens?: number;
  /** Called with what a handler threw that was meant for no client. */
  readonly onError: (error: unknown) => void;

  /**
   * The error of bytes that cannot be read, and of a handler that failed. Default the code alone:
   * INVALID_ARGUMENT, RESOURCE_EXHAUSTED or INTERNAL.
   */
  readonly faultError?: (fault: WireFault) => ConnectError;
  /** Streams of one HTTP/2 connection at the same time. Default 1000. */
  readonly maxConcurrentStreams?: number;
  /** Which web pages may call. Default those of the same origin, under a name of loopback. */
  readonly pages?: Partial<OriginPolicyOptions>;
  /** Headers of responses that other pages may read, beside those of the protocols. Default none. */
  readonly exposedHeaders?: readonly string[];
  /** Reports a request of a page that was refused. Default not. */
  readonly onPageRefused?: (refused: RefusedPage) => void;
  /** Serves over TLS, with the protocol that ALPN chooses (RFC 7301). Default clear text. */
  readonly tls?: TlsIdentity;
  /**
   * Responses of this size and more are compressed where the client accepts it, in bytes. Default never:
   * signals are small and many, and what they save in bytes they would cost in time.
   */
  readonly compressMinBytes?: number;
  /** The types that a `google.protobuf.Any` in JSON may hold. Default those of the files of the routes. */
  readonly registry?: Registry;
  readonly clock?: Clock;

  /** How long after the last sign of life an HTTP/2 client is asked for one, in milliseconds. Default 30 s. */
  readonly pingIntervalMs?: number;
  /** How long it may take to answer, in milliseconds. Default 10 s. */
  readonly pingTimeoutMs?: number;
  /** After how long without a stream an HTTP/2 connection is closed, in milliseconds. Default 5 min. */
  readonly idleMs?: number;
  /** After how long without a request one of HTTP/1.1 is closed, in milliseconds. Default 75 s. */
  readonly http1IdleMs?: number;
  /** What clients may use, by their connections and addresses. Default nearly everything. */
  readonly limits?: NetLimits;
  readonly netEvents?: Partial<NetEvents>;
  /**
   * After how long a new connection that says nothing is closed, in milliseconds, and one of HTTP/1.1 whose
   * request has no end of its headers. Default 10 s.
   */
  readonly silenceMs?: number;
}
