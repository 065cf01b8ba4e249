import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { ConnectError } from "@connectrpc/connect";
import type { Connection } from "../net/connection.ts";
import type { ConnectionDoor } from "../net/connection-door.ts";
import type { Timers } from "../time/timers.ts";
import { answerBadRequest, type ParserError } from "./bad-request.ts";
import type { HttpService } from "./http-service.ts";
import { Http1Exchange } from "./http1-exchange.ts";
import { LateRequests } from "./late-requests.ts";
import { toOriginForm } from "./request-target.ts";
import type { UpgradeDoor } from "./upgrade-door.ts";
import type { WireFault } from "./wire-error.ts";

export interface Http1DoorOptions {
  readonly service: HttpService;
  readonly upgrades: readonly UpgradeDoor[];
  readonly timers: Timers;
  /** How long a request may take for its headers, in milliseconds. */
  readonly headersTimeoutMs: number;
  /** How long a connection may stay without a request, in milliseconds. */
  readonly idleMs: number;
  /** The error of bytes that are no request. */
  readonly faultError: (fault: WireFault) => ConnectError;
  readonly onError: (error: unknown) => void;
}

/** How long a request may take, in milliseconds; its response may take as long as it likes. */
const requestMs = 60_000;

/** HTTP/1.1. Takes every connection that no other door recognizes, and answers why if it is none. */
export class Http1Door implements ConnectionDoor {
  readonly alpn = "http/1.1";
  readonly #options: Http1DoorOptions;
  readonly #server: Server;
  readonly #connections = new WeakMap<object, Connection>();
  readonly #late: LateRequests;
  #draining = false;

  constructor(options: Http1DoorOptions) {
    this.#options = options;
    this.#late = new LateRequests(options.timers, requestMs);
    this.#server = this.#createServer();
    this.#server.on("error", options.onError);
  }

  /** The port listens. Node's server only gets its connections from the listener and would not watch over timeouts. */
  begin(): void {
    this.#server.emit("listening");
  }

  open(socket: Socket, connection: Connection): void {
    this.#connections.set(socket, connection);
    this.#server.emit("connection", socket);
    if (socket instanceof TLSSocket) readThroughStream(socket);
  }

  drain(): void {
    this.#draining = true;
  }

  close(): void {
    this.#draining = true;
    this.#server.close();
    for (const door of this.#options.upgrades) door.close();
  }

  #createServer(): Server {
    const { headersTimeoutMs, idleMs, faultError } = this.#options;
    const server = createServer({
      headersTimeout: headersTimeoutMs,
      // How often Node looks whether one has passed.
      connectionsCheckingInterval: Math.min(headersTimeoutMs, 5000),
      requestTimeout: requestMs,
      keepAliveTimeout: idleMs,
      maxHeaderSize: 16_384,
      // Without it, Node would also hand over what asks for HTTP/2 (`Upgrade: h2c`) and could go on without.
      shouldUpgradeCallback: (request) => this.#upgradeDoorOf(request) !== undefined,
    });
    server.on("upgrade", (request, socket, head) => this.#upgrade(request, socket as Socket, head));
    server.on("clientError", (error: ParserError, socket) => {
      const refuse = () => answerBadRequest(error, socket, faultError);
      if (error.code === "ERR_HTTP_REQUEST_TIMEOUT") this.#late.judge(socket as Socket, refuse);
      else refuse();
    });
    server.on("timeout", (socket) => this.#late.judgeIdle(socket, () => socket.destroy()));
    server.on("request", (request, response) => this.#serve(request, response));
    return server;
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    this.#late.came(request);
    toOriginForm(request);
    // What HTTP/2 says by GOAWAY; a client that goes on would lose the request that is under way at the end.
    if (this.#draining) response.setHeader("connection", "close");
    const connection = this.#connections.get(request.socket);
    if (connection === undefined) return void request.socket.destroy();
    const { service } = this.#options;
    const exchange = new Http1Exchange(request, response, service.headers, connection, connection.writes);
    const serve = () => {
      if (response.destroyed) return;
      service.gate.serve(exchange, request.rawHeaders, () => {
        service.answer(request, response);
        exchange.watch();
      });
    };
    if (!connection.gate.begin(serve)) return connection.cut("full", request.socket);
    if (connection.gate.counts) response.once("close", () => connection.gate.ended());
  }

  #upgradeDoorOf(request: IncomingMessage): UpgradeDoor | undefined {
    if (request.headers.upgrade === undefined) return undefined;
    toOriginForm(request);
    return this.#options.upgrades.find((door) => door.takes(request));
  }

  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    this.#late.came(request);
    const door = this.#upgradeDoorOf(request);
    const connection = this.#connections.get(socket);
    if (door === undefined || connection === undefined) return void socket.destroy();
    const { service, timers } = this.#options;
    // A stream that changes something, by a GET: a page of another site has to say where it comes from.
    const fault = service.gate.faultOf({ method: "POST", headers: request.headers }, request.rawHeaders);
    const { writes } = connection;
    const open = () => {
      if (!socket.destroyed) door.open({ request, socket, head, connection, writes, timers, fault });
    };
    // It ends with its connection, and so is never reported as ended.
    if (!connection.gate.begin(open)) connection.cut("full", socket);
  }
}

/**
 * Node's parser bypasses the stream of a socket. When a request comes before the last response is written, Node pauses the
 * parser, but TLS still hands over the records that it has read from the network: the parser refuses them (HPE_PAUSED), and
 * the client loses a request that it must not repeat. With a listener, the parser reads from the stream instead, which waits.
 */
function readThroughStream(socket: TLSSocket): void {
  const listener = () => {};
  socket.on("data", listener);
  socket.off("data", listener);
}
