import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import process from "node:process";
import { setTimeout as wait } from "node:timers/promises";
import { cores } from "./cores.ts";
import { processCpuMicros } from "./cpu.ts";
import type { BenchKind } from "./kinds.ts";

/** One server in a process of its own, alone on core 0. */
export class ServerProcess implements AsyncDisposable {
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
  }

  static async start({ server }: BenchKind, ...more: string[]): Promise<ServerProcess> {
    const [program = "", ...args] = server;
    const node = [
      process.execPath,
      "--expose-gc",
      "--import",
      `${import.meta.dirname}/servers/gc-on-signal.ts`,
    ];
    const command = [
      "-c",
      String(cores.servers),
      ...node,
      `${import.meta.dirname}/${program}`,
      ...args,
      ...more,
    ];
    const child = spawn("taskset", command, { stdio: ["ignore", "pipe", "inherit"] });
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    child.stdout.on("data", (data: Buffer) => {
      const url = /http:\/\/\S+/.exec(String(data))?.[0];
      if (url !== undefined) resolve(url);
    });
    child.once("exit", () => reject(new Error(`${program} ended`)));
    return new ServerProcess(child, await promise);
  }

  /** The processor time that it has used, in microseconds, as the operating system counts it. */
  get cpuMicros(): number {
    return processCpuMicros(this.#child.pid ?? 0);
  }

  /** The memory that it holds after a garbage collection that compacts the heap, in bytes. */
  async residentBytes(): Promise<number> {
    for (let round = 0; round < 3; round++) {
      this.#child.kill("SIGUSR2");
      await wait(400);
    }
    const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${this.#child.pid}/status`, "utf8"));
    return Number(line?.[1] ?? 0) * 1024;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }
}
