import type { IncomingMessage } from "node:http";
import { createRegistry } from "@bufbuild/protobuf";
import { SignalingService } from "@parley/contract";
import type { Config } from "./config/config.ts";
import { readOpenApi } from "./doors/rest/open-api.ts";
import { RestDoor } from "./doors/rest/rest-door.ts";
import { TcpDoor } from "./doors/tcp/tcp-door.ts";
import { answerWithoutUpgrade, WebSocketDoor } from "./doors/websocket/websocket-door.ts";
import { errorHeaders } from "./errors/parley-error.ts";
import type { NetEvents } from "./net/connection-table.ts";
import type { TlsIdentity } from "./net/tls-identity.ts";
import { serveHealth } from "./ops/health.ts";
import type { Logger } from "./ops/logger.ts";
import { createPage } from "./ops/page.ts";
import type { Readiness } from "./ops/readiness.ts";
import { type Halves, publicRoutes } from "./public-routes.ts";
import { faultError } from "./rpc/call-error.ts";
import { salvageBatch, salvageSignal } from "./rpc/json-salvage.ts";
import { openReceive } from "./rpc/receive.ts";
import { openSendSignals } from "./rpc/send-signals.ts";
import type { SessionContext } from "./session/session-context.ts";
import type { Clock } from "./time/clock.ts";
import { authorityOf, isLoopbackName } from "./wire/authority.ts";
import { Flusher } from "./wire/flusher.ts";
import { JsonCodec } from "./wire/json-codec.ts";
import type { OriginPolicyOptions } from "./wire/origin-policy.ts";
import { createPort, type Port } from "./wire/port.ts";
import type { RequestDoor } from "./wire/request-door.ts";
import { createCallBacklog } from "./wire/stream-call.ts";

export interface PublicPortParts {
  readonly context: SessionContext;
  readonly readiness: Readiness;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The first certificate; undefined for a port without TLS. */
  readonly tls: TlsIdentity | undefined;
}

/** The port for clients, with every door of the service. */
export function createPublicPort(config: Config, parts: PublicPortParts): Port {
  const { context, readiness, clock, logger, tls } = parts;
  const halves = { receive: openReceive(context), sendSignals: openSendSignals(context) };
  return createPort({
    routes: publicRoutes(config, context, halves, readiness),
    exchanges: [createRestDoor(config, context, halves, clock)],
    upgrades: [createWebSocketDoor(config, context)],
    connections: [new TcpDoor({ sessions: context, closeTimeoutMs: config.limits.unsent.stallMs })],
    requests: requestDoors(config, readiness),
    messageBytes: config.messageBytes,
    headBytes: config.firstMessageBytes,
    jsonTokens: jsonTokensOf(config),
    maxConcurrentStreams: config.streams,
    http1IdleMs: config.http1IdleMs,
    idleMs: config.http2IdleMs,
    limits: config.limits,
    netEvents: netEventsOf(config, logger),
    pages: pagesOf(config),
    exposedHeaders: [...errorHeaders, "location", "retry-after"],
    onPageRefused: (refused) => logger.info(refused, "a web page was refused"),
    ...(tls === undefined ? {} : { tls }),
    faultError,
    onError: context.onError,
  });
}

function createWebSocketDoor(config: Config, context: SessionContext): WebSocketDoor {
  const method = SignalingService.method.signal;
  const json = new JsonCodec(
    { method, salvage: salvageSignal },
    createRegistry(SignalingService.file),
    jsonTokensOf(config),
  );
  return new WebSocketDoor({ sessions: context, json, limits: config.webSocket });
}

function createRestDoor(config: Config, context: SessionContext, halves: Halves, clock: Clock): RestDoor {
  const { timers, onError } = context;
  const { receive, sendSignals } = SignalingService.method;
  const registry = createRegistry(SignalingService.file);
  const tokens = jsonTokensOf(config);
  const salvage = salvageBatch(config.batchSignals);
  return new RestDoor({
    ...halves,
    codecs: {
      receive: new JsonCodec({ method: receive }, registry, tokens),
      sendSignals: new JsonCodec({ method: sendSignals, salvage }, registry, tokens),
    },
    wire: {
      messageBytes: config.messageBytes,
      headBytes: config.firstMessageBytes,
      compressMinBytes: undefined,
      clock,
      flusher: new Flusher(),
      backlog: createCallBacklog(),
      faultError,
      onError,
    },
    timers,
    openApi: readOpenApi(),
  });
}

/** What is served that opens no session: the health checks, and the demo page. */
function requestDoors(config: Config, readiness: Readiness): RequestDoor[] {
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

/** How often the log repeats that the node is full, in milliseconds. */
const fullEveryMs = 60_000;

function netEventsOf({ limits }: Config, logger: Logger): NetEvents {
  let reportedAt = Number.NEGATIVE_INFINITY;
  return {
    onFull: () => {
      if (performance.now() - reportedAt < fullEveryMs) return;
      reportedAt = performance.now();
      const fields = { connections: limits.nodeConnections };
      logger.warn(
        fields,
        "connection limit reached: the oldest connections without a session are closed (--connections)",
      );
    },
    onUntrustedProxy: (peer, header) => {
      const fields = { peer, header };
      logger.warn(fields, "untrusted proxy: its clients share the limits of one address (--trusted-proxies)");
    },
  };
}
