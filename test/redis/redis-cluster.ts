import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { until } from "../kit/until.ts";
import { askAt } from "./ask.ts";
import { RedisServer } from "./redis-server.ts";
import type { Identity } from "./test-authority.ts";

const run = promisify(execFile);

/** A Redis Cluster of three primaries. */
export class RedisCluster implements AsyncDisposable {
  readonly servers: readonly RedisServer[];
  readonly #identity: Identity | undefined;

  private constructor(servers: readonly RedisServer[], identity: Identity | undefined) {
    this.servers = servers;
    this.#identity = identity;
  }

  /**
   * @param identity that of its nodes, with which they speak TLS alone; in clear text if it is absent.
   * @param options of redis-server, beside those that make a cluster.
   */
  static async start(identity?: Identity, ...options: readonly string[]): Promise<RedisCluster> {
    const all = ["--cluster-enabled", "yes", "--cluster-node-timeout", "2000", ...options];
    const servers = await Promise.all([1, 2, 3].map(() => RedisServer.startAs(identity, ...all)));
    const cluster = new RedisCluster(servers, identity);
    const tls = identity === undefined ? [] : ["--tls", "--cacert", identity.caFile];
    await run("redis-cli", [...tls, "--cluster", "create", ...cluster.#addresses, "--cluster-yes"]);
    for (const server of servers) await untilCluster(server, "cluster_state:ok");
    return cluster;
  }

  get url(): string {
    const scheme = this.#identity === undefined ? "redis" : "rediss";
    return `${scheme}+cluster://${this.#addresses.join(",")}`;
  }

  get #addresses(): string[] {
    return this.servers.map(({ port }) => `127.0.0.1:${port}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.servers) await server[Symbol.asyncDispose]();
  }
}

/** Waits until a server says that of its cluster. */
async function untilCluster(server: RedisServer, state: string): Promise<void> {
  using asking = await askAt(server.url);
  const reached = async () => String(await asking.ask("CLUSTER", "INFO")).includes(state);
  await until(reached, `a cluster with ${state}`, 30_000);
}
