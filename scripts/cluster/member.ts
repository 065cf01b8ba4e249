import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** One process of the cluster. What it says is passed on, with its name in front. */
export class Member {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;

  /** @param hear is given every line; true keeps it from being passed on. */
  constructor(name: string, command: string, args: readonly string[], hear: (line: string) => boolean) {
    this.name = name;
    // In a group of its own: Ctrl-C is for the whole terminal, and Redis is to outlive the nodes.
    this.#child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], detached: true });
    this.#exited = once(this.#child, "exit");
    for (const input of [this.#child.stdout, this.#child.stderr])
      if (input !== null)
        createInterface({ input }).on("line", (line) => {
          if (!hear(line)) console.log(`${name}: ${line}`);
        });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Resolves when it is gone; rejects when it could not be started. */
  get exited(): Promise<unknown> {
    return this.#exited;
  }

  get isRunning(): boolean {
    return this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async end(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    if (!this.isRunning) return;
    this.#child.kill(signal);
    await this.#exited;
  }
}
