import { createRegistry } from "@bufbuild/protobuf";
import { noNetLimits } from "../net/connection-table.ts";
import { Listener } from "../net/listener.ts";
import type { TlsIdentity } from "../net/tls-identity.ts";
import { systemClock } from "../time/clock.ts";
import { Timers } from "../time/timers.ts";
import { Cors } from "./cors.ts";
import { Dispatcher } from "./dispatcher.ts";
import { Flusher } from "./flusher.ts";
import { HttpService } from "./http-service.ts";
import { Http1Door } from "./http1-door.ts";
import { Http2Door } from "./http2-door.ts";
import { Http2Keepalive } from "./http2-keepalive.ts";
import { OriginPolicy } from "./origin-policy.ts";
import type { PortOptions } from "./port-options.ts";
import { RequestGate } from "./request-gate.ts";
import { ResponseHeaders } from "./response-headers.ts";
import { createCallBacklog } from "./stream-call.ts";
import { faultError } from "./wire-error.ts";

/** A port that serves RPCs, everything else over HTTP, and the doors that take whole connections. */
export interface Port {
  /** Listens; resolves with the port. Rejects with the error of the operating system. */
  listen(address: { readonly host: string; readonly port: number }): Promise<{ port: number }>;
  /** Shows another certificate to clients that connect from now on. No effect without TLS. */
  useTls(identity: TlsIdentity): void;
  /**
   * Takes no new connection, and asks clients to use those that are there for no other request (GOAWAY, `Connection:
   * close`). What is open goes on.
   */
  drain(): void;
  /**
   * Takes no new connection, closes the idle ones, asks the others to open no more streams (GOAWAY), and
   * destroys what is left after `graceMs`. Resolves when no connection is open, with how many had to be
   * destroyed.
   */
  close(options: { readonly graceMs: number }): Promise<{ connectionsCut: number }>;
  /** Whether memory is short: then no session begins. */
  shortOfMemory: boolean;
}

/** Makes a port in clear text or over TLS. */
export function createPort(options: PortOptions): Port {
  const { clock = systemClock, silenceMs = 10_000, onError } = options;
  // Nothing here is in a hurry.
  const timers = new Timers(clock, 500);
  const service = createHttpService(options);
  const http2 = new Http2Door({
    service,
    keepalive: new Http2Keepalive(timers, {
      pingIntervalMs: options.pingIntervalMs ?? 30_000,
      pingTimeoutMs: options.pingTimeoutMs ?? 10_000,
      idleMs: options.idleMs ?? 300_000,
    }),
    maxConcurrentStreams: options.maxConcurrentStreams ?? 1000,
    onError,
  });
  const http1 = new Http1Door({
    service,
    upgrades: options.upgrades ?? [],
    timers,
    headersTimeoutMs: silenceMs,
    idleMs: options.http1IdleMs ?? 75_000,
    faultError: options.faultError ?? faultError,
    onError,
  });
  const listener = new Listener({
    doors: [http2, http1, ...(options.connections ?? [])],
    limits: options.limits ?? noNetLimits,
    events: { onFull: () => {}, onUntrustedProxy: () => {}, ...options.netEvents },
    tls: options.tls,
    silenceMs,
    clock,
    timers,
    onError,
  });
  return new ListeningPort(listener, http1);
}

class ListeningPort implements Port {
  readonly #listener: Listener;
  readonly #http1: Http1Door;

  constructor(listener: Listener, http1: Http1Door) {
    this.#listener = listener;
    this.#http1 = http1;
  }

  async listen(address: { readonly host: string; readonly port: number }): Promise<{ port: number }> {
    const listening = await this.#listener.listen(address);
    this.#http1.begin();
    return listening;
  }

  useTls(identity: TlsIdentity): void {
    this.#listener.useTls(identity);
  }

  drain(): void {
    this.#listener.drain();
  }

  close({ graceMs }: { readonly graceMs: number }): Promise<{ connectionsCut: number }> {
    return this.#listener.close(graceMs);
  }

  get shortOfMemory(): boolean {
    return this.#listener.shortOfMemory;
  }

  set shortOfMemory(isShort: boolean) {
    this.#listener.shortOfMemory = isShort;
  }
}

function createHttpService(options: PortOptions): HttpService {
  const { routes, clock = systemClock, onError, onPageRefused = () => {} } = options;
  const policy = new OriginPolicy({ origins: [], hosts: [], loopback: false, ...options.pages });
  const cors = new Cors(policy, options.exposedHeaders);
  const dispatcher = new Dispatcher(
    routes,
    {
      messageBytes: options.messageBytes,
      headBytes: options.headBytes ?? 16_384,
      compressMinBytes: options.compressMinBytes,
      clock,
      flusher: new Flusher(),
      backlog: createCallBacklog(),
      faultError: options.faultError ?? faultError,
      onError,
    },
    options.jsonTokens ?? 10_000,
    options.registry ?? createRegistry(...new Set(routes.map(({ method }) => method.parent.file))),
  );
  return new HttpService({
    headers: new ResponseHeaders(cors, options.tls !== undefined),
    gate: new RequestGate({
      policy,
      cors,
      dispatcher,
      doors: options.exchanges ?? [],
      onPageRefused,
      onError,
    }),
    requests: options.requests ?? [],
  });
}
