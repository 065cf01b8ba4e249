import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { type IncomingMessage, request, type ServerResponse } from "node:http";
import { createServer } from "node:https";
import { type AddressInfo, connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { makeCertificate } from "../proxies/certificate.ts";

/** What a proxy holds back: each response until its end, all that pages send, or nothing. */
export type Holds = "responses" | "sends" | "nothing";

const sendPath = "/parley.v1.SignalingService/SendSignals";

/** A proxy that ends TLS in front of a service and passes WebSockets on, but holds back what goes over HTTP. */
export class HoldingProxy implements AsyncDisposable {
  readonly #holds: Holds;
  readonly #target: number;
  readonly #sockets = new Set<Socket>();
  readonly #server;
  /** How often it has held something back. */
  held = 0;

  private constructor(target: number, holds: Holds) {
    this.#target = target;
    this.#holds = holds;
    const folder = mkdtempSync(join(tmpdir(), "parley-holding-"));
    const { keyFile, ca } = makeCertificate(folder);
    this.#server = createServer({ key: readFileSync(keyFile), cert: ca, ALPNProtocols: ["http/1.1"] });
    rmSync(folder, { recursive: true });
    this.#server.on("request", (asked, answer) => this.#forward(asked, answer));
    this.#server.on("upgrade", (asked, socket, head) => this.#upgrade(asked, socket, head));
    this.#server.on("secureConnection", (socket) => this.#keep(socket));
  }

  /** @param target the port of the service, on loopback */
  static async start(target: number, holds: Holds): Promise<HoldingProxy> {
    const proxy = new HoldingProxy(target, holds);
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  get url(): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => this.#sockets.delete(socket));
  }

  #forward(asked: IncomingMessage, answer: ServerResponse): void {
    const { method, url, headers } = asked;
    if (this.#holds === "sends" && method === "POST" && url === sendPath) {
      this.held++;
      asked.resume();
      return;
    }
    const passed = request({ port: this.#target, host: "127.0.0.1", method, path: url, headers });
    answer.on("close", () => passed.destroy());
    passed.on("error", () => answer.destroy());
    passed.on("response", (response) => {
      if (this.#holds === "responses") return this.#answerAtItsEnd(response, answer);
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    });
    asked.pipe(passed);
  }

  #answerAtItsEnd(response: IncomingMessage, answer: ServerResponse): void {
    this.held++;
    const chunks: Buffer[] = [];
    response.on("data", (chunk: Buffer) => chunks.push(chunk));
    response.on("error", () => answer.destroy());
    response.on("end", () => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      answer.end(Buffer.concat(chunks));
    });
  }

  #upgrade({ method, url, rawHeaders }: IncomingMessage, socket: Duplex, head: Buffer): void {
    const upstream = connect(this.#target, "127.0.0.1");
    this.#keep(upstream);
    socket.on("close", () => upstream.destroy());
    upstream.on("close", () => socket.destroy());
    const lines = [`${method} ${url} HTTP/1.1`];
    for (let at = 0; at < rawHeaders.length; at += 2) lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`);
    upstream.write(`${lines.join("\r\n")}\r\n\r\n`);
    upstream.write(head);
    upstream.pipe(socket).pipe(upstream);
  }
}
