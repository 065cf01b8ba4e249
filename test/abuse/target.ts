import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { RunningProcess } from "../proxies/running-process.ts";

const main = fileURLToPath(new URL("../../server/src/main.ts", import.meta.url));
const collector = fileURLToPath(new URL("../bench/servers/gc-on-signal.ts", import.meta.url));

/** What a node holds. */
export interface Level {
  /** Resident memory, in MB. */
  readonly residentMb: number;
  /** Open files and sockets. */
  readonly descriptors: number;
}

/** The worst that an attack can do. The message ends with what the node printed last. */
export class NodeDied extends Error {
  override readonly name = "NodeDied";
}

/** The node under attack, in a process of its own. */
export class Target implements AsyncDisposable {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly #process: RunningProcess;

  private constructor(running: RunningProcess, url: string) {
    this.#process = running;
    this.url = url;
    this.host = new URL(url).hostname;
    this.port = Number(new URL(url).port);
  }

  /**
   * @param flags of the command line
   * @param openFiles the limit of open files; that of this process if absent
   */
  static async start(flags: readonly string[], openFiles?: number): Promise<Target> {
    const node = [process.execPath, "--expose-gc", "--import", collector, main];
    const serve = ["serve", "--port", "0", "--node", "target", "--log-level", "warn", ...flags];
    const limit = openFiles === undefined ? [] : ["prlimit", `--nofile=${openFiles}:${openFiles}`];
    const [program = "", ...args] = [...limit, ...node, ...serve];
    const running = new RunningProcess(program, args);
    try {
      const [, url = ""] = await running.says(/ is at (https?:\S+)/);
      return new Target(running, url);
    } catch (error) {
      await running[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** What it has printed, its log included. */
  get output(): string {
    return this.#process.output;
  }

  /** What it holds at this moment. Throws a NodeDied if it is gone. */
  get level(): Level {
    const folder = `/proc/${this.#process.pid}`;
    try {
      const status = readFileSync(`${folder}/status`, "utf8");
      const resident = /VmRSS:\s+(\d+) kB/.exec(status)?.[1];
      // A process that has ended has no memory, and is listed until its parent has noticed.
      if (resident !== undefined)
        return { residentMb: Number(resident) / 1024, descriptors: readdirSync(`${folder}/fd`).length };
    } catch {}
    throw new NodeDied(`the node died: ${this.output.slice(-1000)}`);
  }

  /** Lets the node collect its garbage, so that its memory can be compared. */
  collectGarbage(): void {
    this.#process.signal("SIGUSR2");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }
}
