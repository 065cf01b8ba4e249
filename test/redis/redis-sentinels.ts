import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { findProgram } from "../../scripts/programs.ts";
import { until } from "../kit/until.ts";
import { askAt } from "./ask.ts";
import { freePort, portOptions, RedisServer } from "./redis-server.ts";
import type { Identity } from "./test-authority.ts";

/** A primary with one replica, and three sentinels that watch them. */
export class RedisSentinels implements AsyncDisposable {
  readonly primary: RedisServer;
  readonly replica: RedisServer;
  readonly #identity: Identity | undefined;
  readonly #ports: readonly number[];
  readonly #sentinels: readonly ChildProcess[];

  private constructor(
    primary: RedisServer,
    replica: RedisServer,
    identity: Identity | undefined,
    ports: readonly number[],
    sentinels: readonly ChildProcess[],
  ) {
    this.primary = primary;
    this.replica = replica;
    this.#identity = identity;
    this.#ports = ports;
    this.#sentinels = sentinels;
  }

  /** @param identity that of all of them, with which they speak TLS alone; in clear text if it is absent. */
  static async start(identity?: Identity): Promise<RedisSentinels> {
    const primary = await RedisServer.startAs(identity);
    const replica = await RedisServer.startAs(identity, "--replicaof", "127.0.0.1", String(primary.port));
    const ports = [await freePort(), await freePort(), await freePort()];
    const sentinels = await Promise.all(ports.map((port) => startSentinel(port, primary, identity)));
    const all = new RedisSentinels(primary, replica, identity, ports, sentinels);
    await all.#until((text) => text.includes("num-slaves,1") && text.includes("num-other-sentinels,2"));
    return all;
  }

  get url(): string {
    const scheme = this.#identity === undefined ? "redis" : "rediss";
    return `${scheme}+sentinel://${this.#ports.map((port) => `127.0.0.1:${port}`).join(",")}/main`;
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
      const scheme = this.#identity === undefined ? "redis" : "rediss";
      using asking = await askAt(`${scheme}://127.0.0.1:${port}`);
      const reached = async () => holds(String(await asking.ask("SENTINEL", "MASTER", "main")));
      await until(reached, "the sentinels to agree", 30_000);
    }
  }
}

async function startSentinel(
  port: number,
  primary: RedisServer,
  identity: Identity | undefined,
): Promise<ChildProcess> {
  const file = join(primary.folder, `sentinel-${port}.conf`);
  const lines = [
    "bind 127.0.0.1",
    `dir ${primary.folder}`,
    `sentinel monitor main 127.0.0.1 ${primary.port} 2`,
    "sentinel down-after-milliseconds main 1000",
    "sentinel failover-timeout main 5000",
  ];
  await writeFile(file, `${lines.join("\n")}\n`);
  const program = findProgram("redis-server");
  if (program === undefined) throw new Error("redis-server is not installed");
  return spawn(program, [file, "--sentinel", ...portOptions(port, identity)], { stdio: "ignore" });
}
