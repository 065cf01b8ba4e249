import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import {
  constants,
  createServer,
  type Http2Server,
  Http2ServerRequest,
  Http2ServerResponse,
  type ServerHttp2Stream,
} from "node:http2";
import type { Socket } from "node:net";
import type { Connection } from "../net/connection.ts";
import type { ConnectionDoor } from "../net/connection-door.ts";
import type { HttpService } from "./http-service.ts";
import { Http2Exchange } from "./http2-exchange.ts";
import type { Http2Keepalive } from "./http2-keepalive.ts";

export interface Http2DoorOptions {
  readonly service: HttpService;
  readonly keepalive: Http2Keepalive;
  readonly maxConcurrentStreams: number;
  readonly onError: (error: unknown) => void;
}

/** HTTP/2. */
export class Http2Door implements ConnectionDoor {
  readonly alpn = "h2";
  /** The beginning of its preface (RFC 9113, section 3.4): no method of HTTP/1.1 begins so. */
  readonly preface = Buffer.from("PRI");
  readonly #options: Http2DoorOptions;
  readonly #server: Http2Server;
  readonly #connections = new WeakMap<object, Connection>();
  /** That of the session that is being created. */
  #accepting: Connection | undefined;

  constructor(options: Http2DoorOptions) {
    this.#options = options;
    this.#server = this.#createServer();
    this.#server.on("error", options.onError);
  }

  /**
   * On HTTP/2 nobody ends one side of a connection alone. Node's server does not look for that end: left half-open, the
   * streams of a client that closed would stay until a PING is missed.
   */
  open(socket: Socket, connection: Connection): void {
    socket.allowHalfOpen = false;
    this.#accepting = connection;
    this.#server.emit("connection", socket);
    this.#accepting = undefined;
  }

  drain(): void {
    this.#options.keepalive.goAwayAll();
  }

  close(): void {
    this.#options.keepalive.closeAll();
  }

  #createServer(): Http2Server {
    const server = createServer({
      settings: {
        maxConcurrentStreams: this.#options.maxConcurrentStreams,
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
      this.#options.keepalive.keep(session, this.#accepting);
    });
    server.on("stream", (stream, headers, _flags, rawHeaders) => this.#begin(stream, headers, rawHeaders));
    return server;
  }

  #begin(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, rawHeaders: string[]): void {
    // Reported by "close" as well; without a listener it would end the process.
    stream.on("error", () => {});
    const connection = stream.session && this.#connections.get(stream.session);
    if (connection === undefined) return stream.close(constants.NGHTTP2_REFUSED_STREAM);
    const { service } = this.#options;
    const exchange = new Http2Exchange(stream, headers, service.headers, connection, connection.writes);
    const serve = () => {
      if (!stream.destroyed) this.#serve(exchange, stream, headers, rawHeaders);
    };
    if (!connection.gate.begin(serve)) return stream.close(constants.NGHTTP2_REFUSED_STREAM);
    if (connection.gate.counts) stream.once("close", () => connection.gate.ended());
  }

  #serve(
    exchange: Http2Exchange,
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    rawHeaders: string[],
  ): void {
    const { service } = this.#options;
    service.gate.serve(exchange, rawHeaders, () => {
      const request = new Http2ServerRequest(stream, headers, {}, rawHeaders);
      const response = new Http2ServerResponse(stream);
      // Alike in all that a door needs; Node's types do not say so.
      service.answer(request as unknown as IncomingMessage, response as unknown as ServerResponse);
      exchange.watch();
    });
  }
}
