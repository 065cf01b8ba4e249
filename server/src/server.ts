import type { IncomingMessage } from "node:http";
import { createRegistry } from "@bufbuild/protobuf";
import { ErrorInfoSchema, SignalingService } from "@parley/contract";
import type { Admission } from "./admission/admission.ts";
import { AdmissionBackend } from "./admission/admission-backend.ts";
import { createAdmission } from "./admission/create-admission.ts";
import { HookedAdmission } from "./admission/hooked-admission.ts";
import { IceServers } from "./admission/ice-servers.ts";
import { LimitedAdmission } from "./admission/limited-admission.ts";
import { Revocations } from "./admission/revocations.ts";
import { type Config, readConfig } from "./config/config.ts";
import { readAdmissionCa, readServerTls, readTokenKeys } from "./config/read-key-files.ts";
import { type Given, readSettings } from "./config/setting.ts";
import { settings } from "./config/settings.ts";
import { readOpenApi } from "./doors/rest/open-api.ts";
import { RestDoor } from "./doors/rest/rest-door.ts";
import { TcpDoor } from "./doors/tcp/tcp-door.ts";
import { answerWithoutUpgrade, WebSocketDoor } from "./doors/websocket/websocket-door.ts";
import { createEngine, type EngineConfig, engineSettings } from "./engines/engines.ts";
import { errorHeaders } from "./errors/parley-error.ts";
import { addressKey, isLoopbackAddress } from "./net/client-address.ts";
import type { NetEvents } from "./net/connection-table.ts";
import { MemoryWatchdog } from "./net/memory-watchdog.ts";
import type { TlsIdentity } from "./net/tls-identity.ts";
import { serveHealth } from "./ops/health.ts";
import type { Logger } from "./ops/logger.ts";
import { createPage } from "./ops/page.ts";
import { Readiness } from "./ops/readiness.ts";
import { TlsReload } from "./ops/tls-reload.ts";
import { adminRoutes } from "./rpc/admin/routes.ts";
import type { OpenCall, Route } from "./rpc/call.ts";
import { faultError } from "./rpc/call-error.ts";
import { healthRoutes } from "./rpc/health/routes.ts";
import { salvageBatch, salvageSignal } from "./rpc/json-salvage.ts";
import { openReceive } from "./rpc/receive.ts";
import { reflectionRoutes } from "./rpc/reflection/routes.ts";
import { openSendSignals } from "./rpc/send-signals.ts";
import { openSignal } from "./rpc/signal.ts";
import { AckQueue } from "./session/ack-queue.ts";
import { Drain, type DrainSchedule } from "./session/drain.ts";
import type { SessionContext } from "./session/session-context.ts";
import { TurnQueue } from "./session/turn-queue.ts";
import type { Switchboard } from "./switchboard/switchboard.ts";
import { type Observer, silentObserver } from "./telemetry/observer.ts";
import { type Clock, systemClock } from "./time/clock.ts";
import { Timers } from "./time/timers.ts";
import { authorityOf, isLoopbackName } from "./wire/authority.ts";
import { Flusher } from "./wire/flusher.ts";
import { JsonCodec } from "./wire/json-codec.ts";
import type { OriginPolicyOptions } from "./wire/origin-policy.ts";
import { createPort, type Port } from "./wire/port.ts";
import type { RequestDoor } from "./wire/request-door.ts";

/** Every setting of a server. */
export const serverSettings = { ...settings, ...engineSettings };

/** The configuration of a server and its engine. */
export interface ServerConfig extends Config, EngineConfig {}

/** Reads the configuration, once, at the start. Throws a ConfigError if a setting is wrong, or two contradict. */
export function readServerConfig(version: string, given: Given): ServerConfig {
  return { ...readConfig(version, given), ...readSettings(engineSettings, given) };
}

/** What a server is made of beside its configuration. */
export interface ServerParts {
  readonly logger: Logger;
  readonly clock?: Clock;
  /** Counts what happens. @default nothing is counted */
  readonly observer?: Observer;
  /** The engine; made from the configuration if it is absent. */
  readonly switchboard?: Switchboard;
}

/** One node of the service: `start` it once, then `close` it once. */
export class Server implements AsyncDisposable {
  readonly #config: ServerConfig;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #context: SessionContext;
  readonly #readiness: Readiness;
  readonly #port: Port;
  readonly #adminPort: Port | undefined;
  readonly #watchdog: MemoryWatchdog | undefined;
  readonly #tlsReload: TlsReload<TlsIdentity> | undefined;
  /** Decides about joins; absent if no backend does. */
  readonly #backend: AdmissionBackend | undefined;
  #closing: Promise<void> | undefined;
  /** Until when it waits for its clients to go, by the clock. */
  #drainUntil = Number.POSITIVE_INFINITY;

  /** Throws a ConfigError where a file that the configuration names cannot be used. */
  constructor(config: ServerConfig, parts: ServerParts) {
    this.#config = config;
    this.#logger = parts.logger;
    this.#clock = parts.clock ?? systemClock;
    const timers = new Timers(this.#clock);
    const observer = parts.observer ?? silentObserver;
    const tls = readServerTls(config);
    const onError = (error: unknown) => this.#logger.error({ err: error }, "a handler failed");
    const revocations = new Revocations(this.#clock);
    this.#backend = createBackend(config);
    this.#context = {
      switchboard: parts.switchboard ?? this.#createSwitchboard(timers, observer),
      timers,
      admission: this.#createAdmission(revocations),
      revocations,
      observer,
      acks: new AckQueue(this.#clock),
      attaches: new TurnQueue(onError),
      settings: config,
      attached: new Set(),
      drain: new Drain(() => this.#clock.now()),
      iceServers: new IceServers(config, this.#clock),
      lobbies: this.#backend !== undefined,
      onError,
    };
    this.#context.switchboard.watchRevocations((added) => {
      revocations.add(added);
      for (const session of [...this.#context.attached]) session.checkRevoked();
    });
    this.#readiness = new Readiness(this.#context.switchboard, timers);
    const halves = { receive: openReceive(this.#context), sendSignals: openSendSignals(this.#context) };
    this.#port = createPort({
      routes: routesOf(config, this.#context, halves, this.#readiness, onError),
      exchanges: [this.#createRestDoor(halves)],
      upgrades: [this.#createWebSocketDoor()],
      connections: [this.#createTcpDoor()],
      requests: requestDoorsOf(config, this.#readiness),
      messageBytes: config.messageBytes,
      headBytes: config.firstMessageBytes,
      jsonTokens: jsonTokensOf(config),
      maxConcurrentStreams: config.streams,
      http1IdleMs: config.http1IdleMs,
      idleMs: config.http2IdleMs,
      limits: config.limits,
      netEvents: netEventsOf(config, this.#logger),
      pages: pagesOf(config),
      exposedHeaders: [...errorHeaders, "location", "retry-after"],
      onPageRefused: (refused) => this.#logger.info(refused, "a web page was refused"),
      ...(tls === undefined ? {} : { tls }),
      faultError,
      onError,
    });
    this.#adminPort = config.admin.port === undefined ? undefined : this.#createAdminPort(onError);
    this.#watchdog = this.#createWatchdog();
    this.#tlsReload = tls && this.#createTlsReload(tls);
  }

  /** Uses a renewed certificate, as a tool such as certbot or cert-manager leaves it. */
  #createTlsReload(current: TlsIdentity): TlsReload<TlsIdentity> {
    return new TlsReload(
      {
        read: () => readServerTls(this.#config),
        use: (identity) => this.#port.useTls(identity),
        clock: this.#clock,
        everyMs: this.#config.tlsReloadMs,
        logger: this.#logger,
      },
      current,
    );
  }

  /** Its own port: what it serves is not for clients. */
  #createAdminPort(onError: (error: unknown) => void): Port {
    const { switchboard, admission, timers } = this.#context;
    const { token, firstMessageMs } = this.#config;
    const tokenLifeMs = token.lifetimeMs + token.leewayMs;
    const typed = { timers, requestTimeoutMs: firstMessageMs, onError };
    const { directory } = switchboard;
    return createPort({
      routes: adminRoutes({ directory, switchboard, admission, clock: this.#clock, tokenLifeMs }, typed),
      messageBytes: adminMessageBytes,
      faultError,
      onError,
    });
  }

  #createSwitchboard(timers: Timers, observer: Observer): Switchboard {
    const config = this.#config;
    return createEngine(config, {
      limits: config,
      node: config.node,
      clock: this.#clock,
      timers,
      observer,
      onError: (error, message) => this.#logger.warn({ err: error }, message),
    });
  }

  #createAdmission(revocations: Revocations): Admission {
    const config = this.#config;
    const admission = createAdmission(config.token, {
      ...readTokenKeys(config),
      clock: this.#clock,
      revocations,
      onError: (error) => this.#logger.warn({ err: error }, "the keys of access tokens cannot be fetched"),
      keyOfAddress: (address) =>
        config.limits.limitLoopback || !isLoopbackAddress(address) ? addressKey(address) : undefined,
    });
    const limited = new LimitedAdmission(admission, config.rates, () => this.#clock.now());
    if (this.#backend === undefined) return limited;
    return new HookedAdmission(limited, {
      backend: this.#backend,
      node: config.node,
      onError: (error) => this.#logger.warn({ err: error }, "the backend does not decide about a join"),
    });
  }

  #createWebSocketDoor(): WebSocketDoor {
    const method = SignalingService.method.signal;
    const json = new JsonCodec(
      { method, salvage: salvageSignal },
      createRegistry(SignalingService.file),
      jsonTokensOf(this.#config),
    );
    return new WebSocketDoor({ sessions: this.#context, json, limits: this.#config.webSocket });
  }

  #createRestDoor(halves: Halves): RestDoor {
    const { timers, onError, settings } = this.#context;
    const { receive, sendSignals } = SignalingService.method;
    const registry = createRegistry(SignalingService.file);
    const tokens = jsonTokensOf(this.#config);
    const salvage = salvageBatch(settings.batchSignals);
    return new RestDoor({
      ...halves,
      codecs: {
        receive: new JsonCodec({ method: receive }, registry, tokens),
        sendSignals: new JsonCodec({ method: sendSignals, salvage }, registry, tokens),
      },
      wire: {
        messageBytes: settings.messageBytes,
        headBytes: settings.firstMessageBytes,
        compressMinBytes: undefined,
        clock: this.#clock,
        flusher: new Flusher(),
        faultError,
        onError,
      },
      timers,
      openApi: readOpenApi(),
    });
  }

  #createTcpDoor(): TcpDoor {
    return new TcpDoor({ sessions: this.#context, closeTimeoutMs: this.#config.limits.unsent.stallMs });
  }

  /** Lets no session begin while memory is short. */
  #createWatchdog(): MemoryWatchdog | undefined {
    const { memoryBytes } = this.#config;
    if (memoryBytes === Number.POSITIVE_INFINITY) return undefined;
    return new MemoryWatchdog({
      limitBytes: memoryBytes,
      clock: this.#clock,
      onChange: (isShort, usedBytes) => {
        this.#port.shortOfMemory = isShort;
        this.#readiness.shortOfMemory = isShort;
        const fields = { usedBytes, limitBytes: memoryBytes };
        if (isShort) this.#logger.error(fields, "memory is short: no session begins here");
        else this.#logger.info(fields, "memory is not short any more");
      },
    });
  }

  /** How many sessions there are, and how many of them have a stream here. */
  counts() {
    return this.#context.switchboard.counts();
  }

  /** Makes the engine ready and listens; resolves with the address. Rejects with what stands against it. */
  async start(): Promise<{ url: string; port: number; adminPort?: number }> {
    const { host, port, admin } = this.#config;
    await this.#context.switchboard.start();
    const address = await this.#port.listen({ host, port });
    const adminAddress = await this.#adminPort?.listen({ host: admin.host, port: admin.port ?? 0 });
    this.#watchdog?.start();
    this.#tlsReload?.start();
    const scheme = this.#config.tls === undefined ? "http" : "https";
    const name = host.includes(":") ? `[${host}]` : host;
    const listening = { url: `${scheme}://${name}:${address.port}`, port: address.port };
    return adminAddress === undefined ? listening : { ...listening, adminPort: adminAddress.port };
  }

  /**
   * Stops gracefully, within `drainMs`. At once: not ready, no new sessions. If other nodes share the sessions, clients
   * are asked to move, and after `drainDelayMs` every connection is closed to new requests, so that the next one
   * reaches another node; it is over when the last stream is. If not, the sessions go on here until the end. The same
   * promise when called again, which can only make the wait shorter.
   */
  close(drainMs = this.#config.drainMs): Promise<void> {
    this.#drainUntil = Math.min(this.#drainUntil, this.#clock.now() + drainMs);
    this.#closing ??= this.#close(drainMs);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close(0);
  }

  async #close(drainMs: number): Promise<void> {
    const { attached, switchboard, drain } = this.#context;
    drain.begin();
    this.#readiness.drain();
    this.#logger.info({ sessions: attached.size, drainMs }, "stopping");
    if (switchboard.shared) await this.#moveElsewhere(drainMs);
    await this.#waitUntil(() => attached.size === 0);
    if (!switchboard.shared) {
      // They come back to the process that follows: the more they are, the longer it takes.
      const now = this.#clock.now();
      drain.announce(attached, { moveFrom: now, moveBy: now + attached.size * msPerReturn });
    }
    for (const session of [...attached]) session.endGoingAway();
    this.#readiness.close();
    this.#watchdog?.stop();
    this.#tlsReload?.stop();
    await this.#adminPort?.close({ graceMs: 0 });
    const { connectionsCut } = await this.#port.close({ graceMs: 1000 });
    this.#backend?.close();
    await switchboard.close();
    this.#logger.info({ connectionsCut }, "stopped");
  }

  /** Asks the clients to move, and makes the connections lead elsewhere once balancers know that this node stops. */
  async #moveElsewhere(drainMs: number): Promise<void> {
    const { attached, drain } = this.#context;
    const schedule = scheduleOf(this.#clock.now(), drainMs, this.#config.drainDelayMs);
    drain.announce(attached, schedule);
    await this.#waitUntil(() => this.#clock.now() >= schedule.connectionsUntil);
    this.#port.drain();
  }

  async #waitUntil(holds: () => boolean): Promise<void> {
    while (!holds() && this.#clock.now() < this.#drainUntil) await this.#pause(50);
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.#clock.after(ms, resolve));
  }
}

/** The bytes of one request to `AdminService`. */
const adminMessageBytes = 4096;
/** How many milliseconds it takes a server to welcome one client back, roughly. */
const msPerReturn = 0.5;
/** How long the news that a connection takes no more may be on its way to a client, in milliseconds. */
const newsMs = 500;

/** When connections are closed to new requests, and when clients move. */
function scheduleOf(
  now: number,
  drainMs: number,
  drainDelayMs: number,
): DrainSchedule & { connectionsUntil: number } {
  const delayMs = Math.min(drainDelayMs, drainMs / 2);
  const moveAfterMs = delayMs + Math.min(newsMs, delayMs);
  // The second half of the rest is for those who come late.
  return {
    connectionsUntil: now + delayMs,
    moveFrom: now + moveAfterMs,
    moveBy: now + (moveAfterMs + Math.max(drainMs, moveAfterMs)) / 2,
  };
}

/** The backend that decides about joins, if there is one. */
function createBackend(config: Config): AdmissionBackend | undefined {
  const { url, ...settings } = config.admission;
  return url === undefined
    ? undefined
    : new AdmissionBackend({ ...settings, url, ca: readAdmissionCa(config) });
}

/** How often the log repeats that the node is full, in milliseconds. */
const fullEveryMs = 60_000;

function netEventsOf({ limits }: Config, logger: Logger): NetEvents {
  let toldAt = Number.NEGATIVE_INFINITY;
  return {
    onFull: () => {
      if (performance.now() - toldAt < fullEveryMs) return;
      toldAt = performance.now();
      const fields = { connections: limits.nodeConnections };
      logger.warn(
        fields,
        "as many connections as may be: the oldest without a session give way (--connections)",
      );
    },
    onUntrustedProxy: (peer, header) => {
      const fields = { peer, header };
      logger.warn(
        fields,
        "a proxy is not trusted, so its clients share the limits of one (--trusted-proxies)",
      );
    },
  };
}

/** Braces, brackets, colons and commas of the largest honest batch in JSON. */
function jsonTokensOf({ batchSignals }: Config): number {
  return 1024 + 32 * batchSignals;
}

/** Which web pages may use the service. */
function pagesOf({ host, hosts, corsOrigins }: Config): OriginPolicyOptions {
  const name = host.includes(":") ? `[${host}]` : host;
  // The address that the server itself prints. A wildcard is no name.
  const own = ["0.0.0.0", "[::]"].includes(name) ? [] : [name];
  return { origins: corsOrigins, hosts: [...hosts, ...own], loopback: isLoopbackName(host) };
}

/** What serves the two halves of a session, over whichever doors: they share what a session may send. */
interface Halves {
  readonly receive: OpenCall;
  readonly sendSignals: OpenCall;
}

function routesOf(
  config: Config,
  context: SessionContext,
  halves: Halves,
  readiness: Readiness,
  onError: (error: unknown) => void,
): Route[] {
  const { signal, receive, sendSignals } = SignalingService.method;
  const typed = { timers: context.timers, requestTimeoutMs: config.firstMessageMs, onError };
  const routes = [
    { method: signal, open: openSignal(context), salvage: salvageSignal },
    { method: receive, open: halves.receive },
    { method: sendSignals, open: halves.sendSignals, salvage: salvageBatch(config.batchSignals) },
    ...healthRoutes(readiness, config.healthWatchers, typed),
  ];
  // Tools show the details of an error if they can look up its types.
  return config.reflection ? [...routes, ...reflectionRoutes(routes, [ErrorInfoSchema.file], typed)] : routes;
}

/** What is served that is no RPC: the health checks, and the demo page. */
function requestDoorsOf(config: Config, readiness: Readiness): RequestDoor[] {
  const check = () => readiness.check();
  const health: RequestDoor = { serve: (request, response) => serveHealth(request, response, check) };
  const webSocket: RequestDoor = { serve: answerWithoutUpgrade };
  const page = config.page ? createPage() : undefined;
  if (page === undefined) return [health, webSocket];
  const serve: RequestDoor["serve"] = (request, response) =>
    mayHavePage(config, request) && page(request, response);
  return [health, webSocket, { serve }];
}

/** Unless it is enabled, the demo page is for the people of this machine: a link to it could be anyone's. */
function mayHavePage({ page }: Config, { headers }: IncomingMessage): boolean {
  return page === true || isLoopbackName(authorityOf(headers)?.host ?? "");
}
