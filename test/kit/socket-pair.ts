import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** Two ends of one TCP connection, both in this process. */
interface SocketPair extends Disposable {
  readonly near: Socket;
  readonly far: Socket;
}

export async function socketPair(): Promise<SocketPair> {
  const server = createServer();
  const accepted = once(server, "connection") as Promise<[Socket]>;
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as { port: number };
  const near = connect(port, "127.0.0.1");
  const [far] = await accepted;
  await once(near, "ready");
  const end = () => {
    for (const socket of [near, far]) socket.destroy();
    server.close();
  };
  return { near, far, [Symbol.dispose]: end };
}
