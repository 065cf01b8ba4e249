import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** What goes toward the server, and what comes from it. */
export type Direction = "requests" | "responses";

/** A TCP proxy whose connections can be held up and broken off, as a lost network does. */
export interface SeverableProxy extends AsyncDisposable {
  /** Host and port. */
  readonly address: string;
  /** Passes nothing more on in this direction, on the connections that there are. */
  hold(direction: Direction): void;
  /** Breaks every connection off, with what is held; returns how many there were. New ones are taken at once. */
  sever(): number;
}

export async function startProxy(target: string): Promise<SeverableProxy> {
  const { hostname, port } = new URL(`tcp://${target}`);
  const connections = new Set<Record<Direction, Socket>>();
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    const connection = { requests: near, responses: far };
    connections.add(connection);
    near.pipe(far);
    far.pipe(near);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      // A broken connection is what this is for.
      socket.on("error", () => {});
      socket.on("close", () => {
        connections.delete(connection);
        other.destroy();
      });
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const sever = () => {
    const { size } = connections;
    for (const { requests, responses } of connections) {
      requests.resetAndDestroy();
      responses.resetAndDestroy();
    }
    return size;
  };
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    hold(direction) {
      for (const connection of connections) connection[direction].unpipe().pause();
    },
    sever,
    async [Symbol.asyncDispose]() {
      server.close();
      sever();
      await once(server, "close");
    },
  };
}
