import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { createInterface } from "node:readline";
import { Transcript } from "./transcript.ts";

/** How long a program has to end after it was asked to, in milliseconds. */
const endTimeoutMs = 5_000;

/** A program that runs beside the test, and every line that it prints. */
export class Program implements AsyncDisposable {
  readonly name: string;
  readonly transcript: Transcript;
  readonly #child: ChildProcess;
  readonly #exited: Promise<number | undefined>;

  /** Starts `command` by the shell, in `folder`. */
  constructor(name: string, command: string, folder: string, environment: NodeJS.ProcessEnv) {
    this.name = name;
    this.transcript = new Transcript(name);
    // A group of its own, so that what the shell starts ends with it.
    const child = spawn(command, {
      shell: true,
      cwd: folder,
      env: environment,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    for (const output of [child.stdout, child.stderr]) {
      createInterface(output).on("line", (line) => this.transcript.push(line));
    }
    this.#exited = once(child, "close").then(([code]: (number | null)[]) => {
      this.transcript.end();
      return code ?? undefined;
    });
  }

  /** How it ended: its exit code, undefined if a signal ended it. */
  get exited(): Promise<number | undefined> {
    return this.#exited;
  }

  /** Asks it to end, and ends it if it does not. */
  async stop(): Promise<number | undefined> {
    this.#signal("SIGTERM");
    const timer = setTimeout(() => this.#signal("SIGKILL"), endTimeoutMs);
    const code = await this.#exited;
    clearTimeout(timer);
    // What of its group outlives the shell.
    this.#signal("SIGKILL");
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #signal(name: NodeJS.Signals): void {
    if (this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, name);
    } catch (error) {
      // Nobody of the group is left.
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}
