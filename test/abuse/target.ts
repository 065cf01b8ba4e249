import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { until } from "../kit/until.ts";
import { RunningProcess } from "../proxies/running-process.ts";
import { heldMemoryFile } from "./held-memory.ts";

const main = fileURLToPath(new URL("../../server/src/main.ts", import.meta.url));
const collector = fileURLToPath(new URL("held-memory.ts", import.meta.url));

/** What a node holds. */
export interface Level {
  /** Resident memory, in MB. */
  readonly residentMb: number;
  /** Open files and sockets. */
  readonly descriptors: number;
}

/** What a node holds once its garbage is collected. */
export interface Settled extends Level {
  /** Heap and buffers in use, in MB: not what V8 and the allocator keep for the next burst. */
  readonly heldMb: number;
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
  readonly #folder: string;

  private constructor(running: RunningProcess, folder: string, url: string) {
    this.#process = running;
    this.#folder = folder;
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
    const folder = mkdtempSync(join(tmpdir(), "parley-target-"));
    const running = new RunningProcess(program, args, { [heldMemoryFile]: join(folder, "held") });
    try {
      const [, url = ""] = await running.says(/ is at (https?:\S+)/);
      return new Target(running, folder, url);
    } catch (error) {
      rmSync(folder, { recursive: true });
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

  /** Lets the node collect its garbage, and returns what it holds then. */
  async settle(): Promise<Settled> {
    const file = join(this.#folder, "held");
    rmSync(file, { force: true });
    this.#process.signal("SIGUSR2");
    let bytes = "";
    await until(
      () => {
        // Throws if the node is gone.
        this.level;
        try {
          bytes = readFileSync(file, "utf8");
          return true;
        } catch {
          return false;
        }
      },
      "the node to collect its garbage",
      10_000,
    );
    return { ...this.level, heldMb: Number(bytes) / 2 ** 20 };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
    rmSync(this.#folder, { recursive: true });
  }
}
