import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { clientReceiver } from "./frame-receiver.ts";

/** A client of a WebSocket by hand, which answers nothing by itself. */
export class RawWebSocket implements Disposable {
  readonly socket: Socket;
  readonly chunks: Buffer[] = [];
  readonly #receiver = clientReceiver();
  readonly messages: string[] = [];
  readonly pings: string[] = [];
  readonly pongs: string[] = [];
  /** Resolves with the close frame of the server. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  /** Resolves when the connection is gone. */
  readonly gone: Promise<void>;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on("error", () => {});
    this.gone = new Promise((resolve) => socket.once("close", () => resolve()));
    this.#receiver.on("message", (data: Buffer) => this.messages.push(data.toString()));
    this.#receiver.on("ping", (data: Buffer) => this.pings.push(data.toString()));
    this.#receiver.on("pong", (data: Buffer) => this.pongs.push(data.toString()));
    this.closed = new Promise((resolve) => {
      this.#receiver.on("conclude", (code: number, reason: Buffer) =>
        resolve({ code, reason: reason.toString() }),
      );
    });
  }

  /** Connects and shakes hands. */
  static open(url: string, headers: readonly string[] = []): Promise<RawWebSocket> {
    const { hostname, port } = new URL(url);
    return RawWebSocket.over(connect(Number(port), hostname), url, headers);
  }

  /** Shakes hands on a connection. */
  static async over(socket: Socket, url: string, headers: readonly string[] = []): Promise<RawWebSocket> {
    const { host } = new URL(url);
    const webSocket = new RawWebSocket(socket);
    const head = [
      "GET /v1/signal HTTP/1.1",
      `Host: ${host}`,
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      `Sec-WebSocket-Key: ${Buffer.alloc(16, "key").toString("base64")}`,
      ...headers,
    ];
    socket.write(`${head.join("\r\n")}\r\n\r\n`);
    let text = Buffer.alloc(0);
    while (text.indexOf("\r\n\r\n") < 0) {
      const [chunk] = (await once(socket, "data")) as [Buffer];
      text = Buffer.concat([text, chunk]);
    }
    const end = text.indexOf("\r\n\r\n") + 4;
    webSocket.#take(text.subarray(end));
    socket.on("data", (chunk: Buffer) => webSocket.#take(chunk));
    return webSocket;
  }

  #take(chunk: Buffer): void {
    if (chunk.byteLength === 0) return;
    this.chunks.push(chunk);
    this.#receiver.write(chunk);
  }

  send(...frames: Buffer[]): void {
    this.socket.write(Buffer.concat(frames));
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}
