import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { createInterface } from "node:readline";

/** How long a program has to end after it was asked to, in milliseconds. */
const endTimeoutMs = 5_000;

/** A program that runs beside the test, and every line that it says. */
export class Program implements AsyncDisposable {
  readonly name: string;
  readonly lines: string[] = [];
  readonly #child: ChildProcess;
  readonly #exited: Promise<number | undefined>;
  readonly #watchers = new Set<() => void>();
  #over = false;

  /** Starts `command` by the shell, in `folder`. */
  constructor(name: string, command: string, folder: string, environment: NodeJS.ProcessEnv) {
    this.name = name;
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
      createInterface(output).on("line", (line) => {
        this.lines.push(line);
        this.#tell();
      });
    }
    this.#exited = once(child, "close").then(([code]: (number | null)[]) => {
      this.#over = true;
      this.#tell();
      return code ?? undefined;
    });
  }

  /** How it ended: its exit code, undefined where a signal ended it. */
  get exited(): Promise<number | undefined> {
    return this.#exited;
  }

  /** The first line, from the line `from` on, that matches. Rejects with all that was said, at the deadline or the end. */
  line(pattern: RegExp, { from = 0, deadlineMs = 20_000 } = {}): Promise<string> {
    const find = () => this.lines.slice(from).find((line) => pattern.test(line));
    return new Promise((resolve, reject) => {
      const look = () => {
        const line = find();
        if (line === undefined && !this.#over) return;
        clearTimeout(timer);
        this.#watchers.delete(look);
        if (line !== undefined) resolve(line);
        else reject(this.#inVain(pattern, "ended"));
      };
      const timer = setTimeout(() => {
        this.#watchers.delete(look);
        reject(this.#inVain(pattern, `did not within ${deadlineMs} ms`));
      }, deadlineMs);
      this.#watchers.add(look);
      look();
    });
  }

  /** Asks it to end, and ends it where it does not. */
  async stop(): Promise<void> {
    this.#signal("SIGTERM");
    const timer = setTimeout(() => this.#signal("SIGKILL"), endTimeoutMs);
    await this.#exited;
    clearTimeout(timer);
    // What of its group outlives the shell.
    this.#signal("SIGKILL");
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #tell(): void {
    for (const watcher of [...this.#watchers]) watcher();
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

  #inVain(pattern: RegExp, how: string): Error {
    const said = this.lines.map((line) => `    ${line}`).join("\n");
    return new Error(`${this.name} was to say ${pattern} and ${how}; it said:\n${said}`);
  }
}
