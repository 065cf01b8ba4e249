import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { createClient } from "redis";
import { RedisServer } from "./redis-server.ts";

const run = promisify(execFile);

/** A Redis Cluster of three primaries. */
export class RedisCluster implements AsyncDisposable {
  readonly #servers: readonly RedisServer[];

  private constructor(servers: readonly RedisServer[]) {
    this.#servers = servers;
  }

  static async start(): Promise<RedisCluster> {
    const options = ["--cluster-enabled", "yes", "--cluster-node-timeout", "2000"];
    const servers = await Promise.all([1, 2, 3].map(() => RedisServer.start(...options)));
    const cluster = new RedisCluster(servers);
    await run("redis-cli", ["--cluster", "create", ...cluster.#addresses, "--cluster-yes"]);
    for (const server of servers) await until(server, "cluster_state:ok");
    return cluster;
  }

  get url(): string {
    return `redis+cluster://${this.#addresses.join(",")}`;
  }

  get #addresses(): string[] {
    return this.#servers.map(({ port }) => `127.0.0.1:${port}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers) await server[Symbol.asyncDispose]();
  }
}

/** Waits until a server says that of its cluster. */
async function until(server: RedisServer, state: string): Promise<void> {
  const client = createClient({ url: server.url });
  await client.connect();
  while (!String(await client.sendCommand(["CLUSTER", "INFO"])).includes(state)) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  client.destroy();
}
