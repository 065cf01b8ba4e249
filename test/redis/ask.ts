import { createClient, RESP_TYPES } from "redis";

/** Says commands to one server of Redis. */
export interface Asking extends Disposable {
  ask(...command: readonly (string | Buffer)[]): Promise<unknown>;
  /** For an answer that is not text. */
  bytes(...command: readonly string[]): Promise<Buffer>;
}

/** Connects to a server that the test itself has started: over TLS its certificate is not checked. */
export async function askAt(url: string): Promise<Asking> {
  const tls = { tls: true, rejectUnauthorized: false } as const;
  const client = createClient({ url, RESP: 2, ...(url.startsWith("rediss:") ? { socket: tls } : {}) });
  client.on("error", () => {});
  await client.connect();
  return {
    ask: (...command) => client.sendCommand([...command]),
    bytes: (...command) =>
      client.sendCommand<Buffer>([...command], { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } }),
    [Symbol.dispose]: () => client.destroy(),
  };
}
