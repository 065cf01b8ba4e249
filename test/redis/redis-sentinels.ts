import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createClient } from "redis";
import { findProgram } from "../../scripts/programs.ts";
import { freePort, RedisServer } from "./redis-server.ts";

/** A primary with one replica, and three sentinels that watch them. */
export class RedisSentinels implements AsyncDisposable {
  readonly primary: RedisServer;
  readonly replica: RedisServer;
  readonly #ports: readonly number[];
  readonly #sentinels: readonly ChildProcess[];

  private constructor(
    primary: RedisServer,
    replica: RedisServer,
    ports: readonly number[],
    sentinels: readonly ChildProcess[],
  ) {
    this.primary = primary;
    this.replica = replica;
    this.#ports = ports;
    this.#sentinels = sentinels;
  }

  static async start(): Promise<RedisSentinels> {
    const primary = await RedisServer.start();
    const replica = await RedisServer.start("--replicaof", "127.0.0.1", String(primary.port));
    const ports = [await freePort(), await freePort(), await freePort()];
    const sentinels = await Promise.all(ports.map((port) => startSentinel(port, primary)));
    const all = new RedisSentinels(primary, replica, ports, sentinels);
    await all.#until((text) => text.includes("num-slaves,1") && text.includes("num-other-sentinels,2"));
    return all;
  }

  get url(): string {
    return `redis+sentinel://${this.#ports.map((port) => `127.0.0.1:${port}`).join(",")}/main`;
  }

  /** Resolves when the sentinels have made another server the primary. */
  async failedOver(): Promise<void> {
    await this.#until((text) => text.includes(`port,${this.replica.port},`));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const sentinel of this.#sentinels) {
      if (sentinel.exitCode !== null || sentinel.signalCode !== null) continue;
      const exited = once(sentinel, "exit");
      sentinel.kill("SIGKILL");
      await exited;
    }
    await this.replica[Symbol.asyncDispose]();
    await this.primary[Symbol.asyncDispose]();
  }

  /** Waits until every sentinel says that of the primary. */
  async #until(holds: (primary: string) => boolean): Promise<void> {
    for (const port of this.#ports) {
      const client = createClient({ url: `redis://127.0.0.1:${port}`, RESP: 2 });
      client.on("error", () => {});
      await client.connect();
      while (!holds(String(await client.sendCommand(["SENTINEL", "MASTER", "main"])))) {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      client.destroy();
    }
  }
}

async function startSentinel(port: number, primary: RedisServer): Promise<ChildProcess> {
  const file = join(primary.folder, `sentinel-${port}.conf`);
  const lines = [
    `port ${port}`,
    "bind 127.0.0.1",
    `dir ${primary.folder}`,
    `sentinel monitor main 127.0.0.1 ${primary.port} 2`,
    "sentinel down-after-milliseconds main 1000",
    "sentinel failover-timeout main 5000",
  ];
  await writeFile(file, `${lines.join("\n")}\n`);
  const program = findProgram("redis-server");
  if (program === undefined) throw new Error("redis-server is not installed");
  return spawn(program, [file, "--sentinel"], { stdio: "ignore" });
}
