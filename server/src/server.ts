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
import { createEngine, type EngineConfig, engineSettings } from "./engines/engines.ts";
import { MemoryWatchdog } from "./net/memory-watchdog.ts";
import type { TlsIdentity } from "./net/tls-identity.ts";
import type { Logger } from "./ops/logger.ts";
import { Readiness } from "./ops/readiness.ts";
import { TlsReload } from "./ops/tls-reload.ts";
import { createPublicPort } from "./public-port.ts";
import { adminRoutes } from "./rpc/admin/routes.ts";
import { faultError } from "./rpc/call-error.ts";
import { AckQueue } from "./session/ack-queue.ts";
import { Drain } from "./session/drain.ts";
import { moveSchedule, returnSchedule } from "./session/drain-schedule.ts";
import type { SessionContext } from "./session/session-context.ts";
import { SignalBudgets } from "./session/signal-budgets.ts";
import { TurnQueue } from "./session/turn-queue.ts";
import type { Switchboard } from "./switchboard/switchboard.ts";
import { type Observer, silentObserver } from "./telemetry/observer.ts";
import { type Clock, systemClock } from "./time/clock.ts";
import { Timers } from "./time/timers.ts";
import { createPort, type Port } from "./wire/port.ts";

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

  /** Throws a ConfigError if a file that the configuration names cannot be used. */
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
    const switchboard = parts.switchboard ?? this.#createSwitchboard(timers, observer);
    this.#context = {
      switchboard,
      timers,
      admission: this.#createAdmission(revocations, switchboard),
      revocations,
      observer,
      acks: new AckQueue(this.#clock),
      attaches: new TurnQueue(onError),
      settings: config,
      attached: new Set(),
      drain: new Drain(() => this.#clock.now()),
      budgets: new SignalBudgets(config.signalRates, () => timers.now()),
      iceServers: new IceServers(config, this.#clock),
      lobbies: this.#backend !== undefined,
      onError,
    };
    this.#context.switchboard.watchRevocations((added) => {
      revocations.add(added);
      for (const session of [...this.#context.attached]) session.checkRevoked();
    });
    this.#readiness = new Readiness(this.#context.switchboard, timers);
    this.#port = createPublicPort(config, {
      context: this.#context,
      readiness: this.#readiness,
      clock: this.#clock,
      logger: this.#logger,
      tls,
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

  #createAdmission(revocations: Revocations, switchboard: Switchboard): Admission {
    const config = this.#config;
    const admission = createAdmission(config.token, {
      ...readTokenKeys(config),
      clock: this.#clock,
      revocations,
      onError: (error) => this.#logger.warn({ err: error }, "the keys of access tokens cannot be fetched"),
    });
    const limited = new LimitedAdmission(admission, switchboard, config.rates, () => this.#clock.now());
    if (this.#backend === undefined) return limited;
    return new HookedAdmission(limited, {
      backend: this.#backend,
      node: config.node,
      onError: (error) => this.#logger.warn({ err: error }, "the admission backend did not decide on a join"),
    });
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
        else this.#logger.info(fields, "memory is sufficient again");
      },
    });
  }

  /** What there is on this node. */
  counts() {
    return this.#context.switchboard.counts();
  }

  /** Makes the engine ready and listens; resolves with the address. Rejects with the cause if that fails. */
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
      drain.announce(attached, returnSchedule(this.#clock.now(), attached.size));
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
    const schedule = moveSchedule(this.#clock.now(), drainMs, this.#config.drainDelayMs);
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

/** The backend that decides about joins, if there is one. */
function createBackend(config: Config): AdmissionBackend | undefined {
  const { url, ...settings } = config.admission;
  return url === undefined
    ? undefined
    : new AdmissionBackend({ ...settings, url, ca: readAdmissionCa(config) });
}
