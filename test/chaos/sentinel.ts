import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../kit/until.ts";
import { RunningProcess } from "../proxies/running-process.ts";
import { freePort, RedisServer } from "../redis/redis-server.ts";
import { infoOf, type Storage } from "./storage.ts";

const primaryName = "parley";
const startMs = 15_000;

/** A primary with one replica, and a sentinel that makes the replica the primary when the first one dies. */
export class SentinelRedis implements Storage {
  readonly url: string;
  readonly primary: RedisServer;
  readonly replica: RedisServer;
  readonly #parts: AsyncDisposableStack;

  private constructor(url: string, primary: RedisServer, replica: RedisServer, parts: AsyncDisposableStack) {
    this.url = url;
    this.primary = primary;
    this.replica = replica;
    this.#parts = parts;
  }

  static async start(): Promise<SentinelRedis> {
    await using parts = new AsyncDisposableStack();
    const primary = parts.use(await RedisServer.start("--appendonly", "yes"));
    const replicaOf = ["--replicaof", "127.0.0.1", `${primary.port}`];
    const replica = parts.use(await RedisServer.start("--appendonly", "yes", ...replicaOf));
    const follows = async () => (await infoOf(replica.url, "master_link_status")) === "up";
    await until(follows, "the replica to follow", startMs);
    const folder = await mkdtemp(join(tmpdir(), "parley-sentinel-"));
    parts.defer(() => rm(folder, { recursive: true, force: true }));
    const port = await freePort();
    const configuration = join(folder, "sentinel.conf");
    await writeFile(
      configuration,
      [
        `port ${port}`,
        "bind 127.0.0.1",
        `dir ${folder}`,
        `sentinel monitor ${primaryName} 127.0.0.1 ${primary.port} 1`,
        `sentinel down-after-milliseconds ${primaryName} 1000`,
        `sentinel failover-timeout ${primaryName} 10000`,
      ].join("\n"),
    );
    const sentinel = parts.use(new RunningProcess("redis-server", [configuration, "--sentinel"]));
    // It learns of the replica from the primary, and without it there is nobody to promote.
    await sentinel.says(/\+slave slave/);
    return new SentinelRedis(
      `redis+sentinel://127.0.0.1:${port}/${primaryName}`,
      primary,
      replica,
      parts.move(),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.disposeAsync();
  }
}
