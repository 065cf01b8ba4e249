import { createClient } from "redis";
import { RedisServer } from "../redis/redis-server.ts";
import { TcpProxy } from "./tcp-proxy.ts";

/** A Redis, or several, as the nodes see it. */
export interface Storage extends AsyncDisposable {
  readonly url: string;
}

/** One Redis that writes everything down, behind a network that can be broken. */
export class SingleRedis implements Storage {
  readonly server: RedisServer;
  readonly network: TcpProxy;

  private constructor(server: RedisServer, network: TcpProxy) {
    this.server = server;
    this.network = network;
  }

  static async start(): Promise<SingleRedis> {
    const server = await RedisServer.start("--appendonly", "yes");
    try {
      return new SingleRedis(server, await TcpProxy.start(() => [server.port]));
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  get url(): string {
    return `redis://127.0.0.1:${this.network.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.network[Symbol.asyncDispose]();
    await this.server[Symbol.asyncDispose]();
  }
}

/** Asks one Redis one thing. */
export async function askRedis(url: string, ...command: readonly string[]): Promise<string> {
  const client = createClient({ url });
  client.on("error", () => {});
  await client.connect();
  try {
    return String(await client.sendCommand([...command]));
  } finally {
    client.destroy();
  }
}

/** A line of what INFO says. */
export async function infoOf(url: string, name: string): Promise<string> {
  const info = await askRedis(url, "INFO");
  return new RegExp(`^${name}:(.*)\\r?$`, "m").exec(info)?.[1]?.trim() ?? "";
}
