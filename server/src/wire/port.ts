import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { createServer as createHttp1Server, type Server as Http1Server } from "node:http";
import {
  constants,
  createServer as createHttp2Server,
  type Http2Server,
  Http2ServerRequest,
  Http2ServerResponse,
  type ServerHttp2Stream,
} from "node:http2";
import { createServer as createTcpServer, type Socket, type Server as TcpServer } from "node:net";
import { createRegistry } from "@bufbuild/protobuf";
import type { Connection } from "../net/connection.ts";
import { ConnectionTable, noNetLimits } from "../net/connection-table.ts";
import { readProxyHeader } from "../net/proxy-header.ts";
import { takeProxyHeader } from "../net/proxy-preface.ts";
import type { TlsIdentity } from "../net/tls-identity.ts";
import { type Clock, systemClock } from "../time/clock.ts";
import { Timers } from "../time/timers.ts";
import { answerBadRequest } from "./bad-request.ts";
import { Cors } from "./cors.ts";
import { Dispatcher } from "./dispatcher.ts";
import { Flusher } from "./flusher.ts";
import { Http1Exchange } from "./http1-exchange.ts";
import { Http2Exchange } from "./http2-exchange.ts";
import { Http2Keepalive } from "./http2-keepalive.ts";
import { OriginPolicy } from "./origin-policy.ts";
import type { PortOptions } from "./port-options.ts";
import { RequestGate } from "./request-gate.ts";
import { toOriginForm } from "./request-target.ts";
import { ResponseHeaders } from "./response-headers.ts";
import { sniff } from "./sniffer.ts";
import { TlsFront } from "./tls-front.ts";
import type { UpgradeDoor } from "./upgrade-door.ts";
import { faultError } from "./wire-error.ts";

/** A port that serves RPCs, and everything else over HTTP. */
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

/** Makes a port for HTTP/1.1 and HTTP/2, in clear text or over TLS. */
export function createPort(options: PortOptions): Port {
  return new HttpPort(options);
}

class HttpPort implements Port {
  readonly #options: PortOptions;
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #headers: ResponseHeaders;
  readonly #gate: RequestGate;
  readonly #keepalive: Http2Keepalive;
  readonly #front: TcpServer;
  readonly #http1: Http1Server;
  readonly #http2: Http2Server;
  readonly #tls: TlsFront | undefined;
  readonly #upgrades: readonly UpgradeDoor[];
  readonly #table: ConnectionTable;
  readonly #connections = new WeakMap<object, Connection>();
  /** That of the HTTP/2 session that is being created. */
  #accepting: Connection | undefined;
  readonly #sockets = new Set<Socket>();
  /** Those that have said nothing yet, such as the spare ones of a browser. */
  readonly #silent = new Set<Socket>();
  #draining = false;

  constructor(options: PortOptions) {
    const { routes, clock = systemClock } = options;
    this.#options = options;
    this.#upgrades = options.upgrades ?? [];
    this.#clock = clock;
    // Nothing here is in a hurry.
    this.#timers = new Timers(clock, 500);
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
        faultError: options.faultError ?? faultError,
        onError: options.onError,
      },
      options.jsonTokens ?? 10_000,
      options.registry ?? createRegistry(...new Set(routes.map(({ method }) => method.parent.file))),
    );
    const { onError, onPageRefused = () => {} } = options;
    this.#headers = new ResponseHeaders(cors, options.tls !== undefined);
    this.#gate = new RequestGate({
      policy,
      cors,
      dispatcher,
      doors: options.exchanges ?? [],
      onPageRefused,
      onError,
    });
    this.#keepalive = new Http2Keepalive(this.#timers, {
      pingIntervalMs: options.pingIntervalMs ?? 30_000,
      pingTimeoutMs: options.pingTimeoutMs ?? 10_000,
      idleMs: options.idleMs ?? 300_000,
    });
    this.#table = new ConnectionTable(options.limits ?? noNetLimits, this.#timers, {
      onFull: () => {},
      onUntrustedProxy: () => {},
      ...options.netEvents,
    });
    this.#http1 = this.#createHttp1();
    this.#http2 = this.#createHttp2();
    this.#tls = options.tls && new TlsFront({ identity: options.tls, handshakeTimeout: this.#silenceMs });
    this.#front = this.#createFront();
    for (const server of [this.#http1, this.#http2]) server.on("error", options.onError);
  }

  listen({ host, port }: { readonly host: string; readonly port: number }): Promise<{ port: number }> {
    const { promise, resolve, reject } = Promise.withResolvers<{ port: number }>();
    this.#front.once("error", reject);
    this.#front.listen(port, host, () => {
      this.#front.off("error", reject);
      // For good: accepting can fail at any time (EMFILE), and an error without a listener ends the process.
      this.#front.on("error", (cause) =>
        this.#options.onError(new Error("a connection could not be accepted", { cause })),
      );
      // This server only gets its connections from the one in front, and so never listens; but it is then
      // that Node begins to watch over the timeouts of its requests.
      this.#http1.emit("listening");
      const address = this.#front.address();
      resolve({ port: typeof address === "object" && address !== null ? address.port : port });
    });
    return promise;
  }

  useTls(identity: TlsIdentity): void {
    this.#tls?.use(identity);
  }

  drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    this.#front.close();
    this.#keepalive.goAwayAll();
  }

  async close({ graceMs }: { readonly graceMs: number }): Promise<{ connectionsCut: number }> {
    this.#draining = true;
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    this.#front.close(() => resolve());
    this.#http1.close();
    for (const door of this.#upgrades) door.close();
    this.#keepalive.closeAll();
    for (const socket of this.#silent) socket.destroy();
    let connectionsCut = 0;
    const destroyAll = () => {
      connectionsCut = this.#sockets.size;
      for (const socket of this.#sockets) socket.destroy();
    };
    const cancel = this.#clock.after(graceMs, destroyAll);
    await closed;
    cancel();
    return { connectionsCut };
  }

  get shortOfMemory(): boolean {
    return this.#table.shortOfMemory;
  }

  set shortOfMemory(isShort: boolean) {
    this.#table.shortOfMemory = isShort;
  }

  #createFront(): TcpServer {
    // Half-open for HTTP/1.1, as Node has it: a client may end its side and wait for the response.
    const tcp = { allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 };
    return createTcpServer(tcp, (socket) => this.#accept(socket));
  }

  get #silenceMs(): number {
    return this.#options.silenceMs ?? 10_000;
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", ignore);
    // It comes once; `once` would keep three more objects for each connection.
    socket.on("close", () => this.#sockets.delete(socket));
    const connection = this.#table.accept(socket);
    if (connection === undefined) return;
    if (!this.#table.trusts(connection.peer)) return this.#begin(socket, connection);
    this.#whileSilent(socket);
    takeProxyHeader(socket, this.#timers, this.#silenceMs, (client) => {
      if (client === undefined || this.#table.speakFor(connection, client)) this.#begin(socket, connection);
    });
  }

  /** Its first byte is one of its client. */
  #begin(socket: Socket, connection: Connection): void {
    if (this.#tls === undefined) return this.#sniff(socket, connection);
    // A handshake is dear: a client that begins too many of them gets none.
    const { addresses } = this.#table;
    if (!connection.isExempt && !addresses.shakeHands(connection.client)) return void socket.destroy();
    this.#whileSilent(socket);
    const timer = this.#timers.after(this.#silenceMs, () => socket.destroy());
    const begun = () => this.#timers.cancel(timer);
    socket.once("readable", begun);
    socket.once("close", begun);
    this.#tls.secure(socket, (secured) => {
      if (secured.alpnProtocol === "h2") this.#takeHttp2(secured, connection);
      else if (secured.alpnProtocol === "http/1.1") this.#takeHttp1(secured, connection);
      else this.#sniff(secured, connection);
    });
  }

  #sniff(socket: Socket, connection: Connection): void {
    this.#whileSilent(socket);
    const to = {
      http1: (taken: Socket) => this.#takeHttp1(taken, connection),
      http2: (taken: Socket) => this.#takeHttp2(taken, connection),
      first: (bytes: Buffer) => {
        const isHeader = readProxyHeader(bytes).kind === "header";
        if (isHeader) this.#table.noteUntrusted(connection.peer, "a header of the PROXY protocol");
      },
    };
    sniff(socket, to, this.#timers, this.#silenceMs);
  }

  /** Counts a connection as one that has said nothing, until its first bytes come. */
  #whileSilent(socket: Socket): void {
    this.#silent.add(socket);
    const over = () => {
      this.#silent.delete(socket);
      // What a socket listens to, it keeps as long as it is open.
      socket.off("readable", over);
      socket.off("close", over);
    };
    socket.once("readable", over);
    socket.once("close", over);
  }

  #takeHttp1(socket: Socket, connection: Connection): void {
    this.#silent.delete(socket);
    this.#connections.set(socket, connection);
    this.#http1.emit("connection", socket);
  }

  /**
   * Hands a connection to HTTP/2, where nobody ends one side of a connection alone. Node's server does not
   * look for that end: left half-open, the streams of a client that closed would stay until a PING is missed.
   */
  #takeHttp2(socket: Socket, connection: Connection): void {
    this.#silent.delete(socket);
    socket.allowHalfOpen = false;
    this.#accepting = connection;
    this.#http2.emit("connection", socket);
    this.#accepting = undefined;
  }

  #createHttp1(): Http1Server {
    const server = createHttp1Server({
      headersTimeout: this.#silenceMs,
      // How often Node looks whether one has passed.
      connectionsCheckingInterval: Math.min(this.#silenceMs, 5000),
      // Of the request alone: a response may take as long as it likes.
      requestTimeout: 60_000,
      keepAliveTimeout: this.#options.http1IdleMs ?? 75_000,
      maxHeaderSize: 16_384,
      // Without it, Node would also hand over what asks for HTTP/2 (`Upgrade: h2c`) and could go on without.
      shouldUpgradeCallback: (request) => this.#upgradeDoorOf(request) !== undefined,
    });
    server.on("upgrade", (request, socket, head) => this.#upgrade(request, socket as Socket, head));
    const errorOf = this.#options.faultError ?? faultError;
    server.on("clientError", (error, socket) => answerBadRequest(error, socket, errorOf));
    server.on("request", (request, response) => {
      toOriginForm(request);
      // What HTTP/2 says by GOAWAY; a client that goes on would lose the request that is under way at the end.
      if (this.#draining) response.setHeader("connection", "close");
      const connection = this.#connections.get(request.socket);
      if (connection === undefined) return void request.socket.destroy();
      const { writes } = this.#table;
      const exchange = new Http1Exchange(request, response, this.#headers, connection, writes);
      const serve = () => {
        if (response.destroyed) return;
        this.#gate.serve(exchange, request.rawHeaders, () => {
          this.#serveRequest(request, response);
          exchange.watch();
        });
      };
      if (!connection.gate.begin(serve)) return void request.socket.destroy();
      if (connection.gate.counts) response.once("close", () => connection.gate.ended());
    });
    return server;
  }

  #upgradeDoorOf(request: IncomingMessage): UpgradeDoor | undefined {
    if (request.headers.upgrade === undefined) return undefined;
    toOriginForm(request);
    return this.#upgrades.find((door) => door.takes(request));
  }

  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const door = this.#upgradeDoorOf(request);
    const connection = this.#connections.get(socket);
    if (door === undefined || connection === undefined) return void socket.destroy();
    // A stream that changes something, by a GET: a page of another site has to say where it comes from.
    const fault = this.#gate.faultOf({ method: "POST", headers: request.headers }, request.rawHeaders);
    const { writes } = this.#table;
    const open = () => {
      if (!socket.destroyed)
        door.open({ request, socket, head, connection, writes, timers: this.#timers, fault });
    };
    // It ends with its connection, and so is never reported as ended.
    if (!connection.gate.begin(open)) socket.destroy();
  }

  #createHttp2(): Http2Server {
    const server = createHttp2Server({
      settings: {
        maxConcurrentStreams: this.#options.maxConcurrentStreams ?? 1000,
        maxHeaderListSize: 16_384,
        enablePush: false,
      },
      maxSessionInvalidFrames: 100,
      maxSessionRejectedStreams: 100,
      streamResetBurst: 1000,
      streamResetRate: 33,
    });
    server.on("session", (session) => {
      if (this.#accepting !== undefined) this.#connections.set(session, this.#accepting);
      this.#keepalive.keep(session);
    });
    server.on("stream", (stream, headers, _flags, rawHeaders) => {
      stream.on("error", ignore);
      const connection = stream.session && this.#connections.get(stream.session);
      if (connection === undefined) return stream.close(constants.NGHTTP2_REFUSED_STREAM);
      const { writes } = this.#table;
      const exchange = new Http2Exchange(stream, headers, this.#headers, connection, writes);
      const serve = () => {
        if (!stream.destroyed) this.#serveHttp2(exchange, stream, headers, rawHeaders);
      };
      if (!connection.gate.begin(serve)) return stream.close(constants.NGHTTP2_REFUSED_STREAM);
      if (connection.gate.counts) stream.once("close", () => connection.gate.ended());
    });
    return server;
  }

  #serveHttp2(
    exchange: Http2Exchange,
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    rawHeaders: string[],
  ): void {
    this.#gate.serve(exchange, rawHeaders, () => {
      const request = new Http2ServerRequest(stream, headers, {}, rawHeaders);
      const response = new Http2ServerResponse(stream);
      // Alike in all that a door needs; Node's types do not say so.
      this.#serveRequest(request as unknown as IncomingMessage, response as unknown as ServerResponse);
      exchange.watch();
    });
  }

  #serveRequest(request: IncomingMessage, response: ServerResponse): void {
    const headers: OutgoingHttpHeaders = {};
    this.#headers.add(request.headers, headers);
    for (const [name, value] of Object.entries(headers))
      if (value !== undefined) response.setHeader(name, value);
    for (const door of this.#options.requests ?? []) if (door.serve(request, response)) return;
    response.writeHead(404, { "content-type": "text/plain" });
    response.end("not found\n");
  }
}

/** For the errors of a socket, which "close" reports as well: without a listener they would end the process. */
function ignore(): void {}
