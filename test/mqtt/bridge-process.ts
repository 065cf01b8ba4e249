import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../server/src/main.ts", import.meta.url));

/** `parley mqtt`, as an operator starts it. */
export class BridgeProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #said: string[] = [];
  #wake = Promise.withResolvers<void>();

  constructor(flags: readonly string[], environment: NodeJS.ProcessEnv = {}) {
    this.#child = spawn(process.execPath, [main, "mqtt", ...flags], {
      env: { ...process.env, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const output of [this.#child.stdout, this.#child.stderr]) {
      if (output === null) continue;
      createInterface(output).on("line", (line) => {
        this.#said.push(line);
        this.#wake.resolve();
        this.#wake = Promise.withResolvers();
      });
    }
  }

  /** Resolves when it has logged this, however often it has before. */
  async says(message: string, times = 1): Promise<void> {
    while (this.timesSaid(message) < times) await this.#wake.promise;
  }

  /** How often it has logged this. */
  timesSaid(message: string): number {
    return this.#said.filter((each) => each.includes(`"msg":"${message}"`)).length;
  }

  get log(): string {
    return this.#said.join("\n");
  }

  /** Ends it. Resolves with its exit code; null if a signal has ended it. */
  async stop(signal: NodeJS.Signals): Promise<number | null> {
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null || signalCode !== null) return exitCode;
    const exited = once(this.#child, "exit");
    this.#child.kill(signal);
    const [code] = (await exited) as [number | null];
    return code;
  }

  /** Freezes it, or lets it go on. */
  signal(signal: "SIGSTOP" | "SIGCONT"): void {
    this.#child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop("SIGKILL");
  }
}
