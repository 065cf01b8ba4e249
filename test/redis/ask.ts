import { createClient } from "redis";

/** Says commands to one server of Redis. */
export interface Asking extends Disposable {
  ask(...command: readonly string[]): Promise<unknown>;
}

/** Connects to a server that the test itself has started: by TLS nobody asks who it is. */
export async function askAt(url: string): Promise<Asking> {
  const tls = { tls: true, rejectUnauthorized: false } as const;
  const client = createClient({ url, RESP: 2, ...(url.startsWith("rediss:") ? { socket: tls } : {}) });
  client.on("error", () => {});
  await client.connect();
  return {
    ask: (...command) => client.sendCommand([...command]),
    [Symbol.dispose]: () => client.destroy(),
  };
}
