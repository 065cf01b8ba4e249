import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** Stands between one page and the server, and tears their connections when it is asked to. */
export class TcpProxy {
  readonly #server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
  readonly #target: number;
  /** Both ends of each connection. */
  readonly #sockets = new Set<Socket>();
  #blocked = false;

  private constructor(target: number) {
    this.#target = target;
  }

  /** @param target the port of the server, on loopback */
  static async start(target: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** How many sockets are open, two to a connection. */
  get sockets(): number {
    return this.#sockets.size;
  }

  /** Resets every connection as a broken network would; returns how many sockets that were. */
  cut(): number {
    const torn = this.#sockets.size;
    for (const socket of this.#sockets) socket.resetAndDestroy();
    return torn;
  }

  /** Cuts every connection, and lets no other through until `unblock`. */
  block(): void {
    this.#blocked = true;
    this.cut();
  }

  unblock(): void {
    this.#blocked = false;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.cut();
    await closed;
  }

  #accept(socket: Socket): void {
    if (this.#blocked) {
      socket.resetAndDestroy();
      return;
    }
    const upstream = connect({ host: "127.0.0.1", port: this.#target, noDelay: true });
    this.#join(socket, upstream);
    this.#join(upstream, socket);
  }

  #join(socket: Socket, other: Socket): void {
    this.#sockets.add(socket);
    // What broke one half is reported by its end.
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#sockets.delete(socket);
      other.destroy();
    });
    socket.pipe(other);
  }
}
