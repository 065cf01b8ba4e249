import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../server/src/main.ts", import.meta.url));

/** A node of the service in a process of its own, which can be killed. */
export class NodeProcess implements AsyncDisposable {
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
  }

  static async start(...flags: string[]): Promise<NodeProcess> {
    const args = [main, "serve", "--port", "0", "--page", "false", ...flags];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    const ended = once(child, "exit").then(([code]) => {
      throw new Error(`the node ended with ${code}`);
    });
    const found = (async () => {
      for await (const line of createInterface(child.stdout)) {
        const url = /^Parley .* is at (\S+)/.exec(line)?.[1];
        if (url !== undefined) return url;
      }
      return ended;
    })();
    const url = await Promise.race([found, ended]);
    ended.catch(() => {});
    child.stdout.resume();
    return new NodeProcess(child, url);
  }

  /** Ends it by SIGKILL. Resolves with the signal that has ended it, or null if it ended by itself. */
  async kill(): Promise<NodeJS.Signals | null> {
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null || signalCode !== null) return signalCode;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
    return this.#child.signalCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
