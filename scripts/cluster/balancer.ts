import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { pipeline } from "node:stream";

/**
 * One address for all nodes: leads each connection to the next node that takes it. It knows nothing of HTTP and is
 * there to try things out; deploy/proxies/ has what is for use.
 */
export class Balancer {
  readonly #ports: () => readonly number[];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #next = 0;

  /** @param ports of the nodes, the living and the dead. */
  constructor(ports: () => readonly number[]) {
    this.#ports = ports;
    this.#server = createServer((client) => {
      this.#keep(client);
      this.#lead(client, this.#ports().length);
    });
  }

  async listen(port: number): Promise<number> {
    this.#server.listen(port, "127.0.0.1");
    await once(this.#server, "listening");
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : port;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #lead(client: Socket, tries: number): void {
    const ports = this.#ports();
    const port = ports[this.#next++ % ports.length];
    if (tries === 0 || port === undefined) return void client.destroy();
    const node = connect({ port, host: "127.0.0.1", noDelay: true });
    const another = () => this.#lead(client, tries - 1);
    node.once("error", another);
    node.once("connect", () => {
      node.off("error", another);
      this.#keep(node);
      pipeline(client, node, client, () => {
        client.destroy();
        node.destroy();
      });
    });
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => this.#sockets.delete(socket));
  }
}
