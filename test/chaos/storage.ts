import { createClient } from "redis";
import { RedisKeys } from "../../server/src/engines/redis/redis-keys.ts";
import { TcpProxy } from "../kit/tcp-proxy.ts";
import { until } from "../kit/until.ts";
import { askAt } from "../redis/ask.ts";
import { RedisServer } from "../redis/redis-server.ts";

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

  /** Waits until a node, by its name, has a lease or has none; rejects after `patienceMs`. */
  async leaseOf(name: string, there: boolean, patienceMs: number): Promise<void> {
    using asking = await askAt(this.server.url);
    const { leases } = new RedisKeys("parley");
    const asked = async () => {
      const ids = String(await asking.ask("ZRANGE", leases, "0", "-1")).split(",");
      return ids.some((id) => id.startsWith(`${name}.`)) === there;
    };
    await until(asked, `${name} to have ${there ? "a" : "no"} lease`, patienceMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.network[Symbol.asyncDispose]();
    await this.server[Symbol.asyncDispose]();
  }
}

/** What plays on a stage that may have a storage. */
interface Staged {
  readonly stage: { readonly storage: Storage | undefined };
}

/** The storage of a scenario that has one Redis. */
export function singleRedis({ stage: { storage } }: Staged): SingleRedis {
  if (storage instanceof SingleRedis) return storage;
  throw new Error("this needs a single Redis");
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
