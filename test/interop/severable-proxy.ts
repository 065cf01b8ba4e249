import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A TCP proxy whose connections can be broken off, as a lost network breaks them. */
export interface SeverableProxy extends AsyncDisposable {
  /** Host and port. */
  readonly address: string;
  /** Breaks every connection off; returns how many there were. New ones are taken at once. */
  sever(): number;
}

export async function startProxy(target: string): Promise<SeverableProxy> {
  const { hostname, port } = new URL(`tcp://${target}`);
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.pipe(other);
      // A broken connection is what this is for.
      socket.on("error", () => {});
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const sever = () => {
    const connections = sockets.size / 2;
    for (const socket of sockets) socket.resetAndDestroy();
    return connections;
  };
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    sever,
    async [Symbol.asyncDispose]() {
      server.close();
      sever();
      await once(server, "close");
    },
  };
}
