import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { findProgram } from "../../scripts/programs.ts";
import { within } from "../kit/within.ts";

/** A program that a run has started, and ends. */
export class RunningProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #name: string;
  #output = "";

  constructor(command: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
    this.#name = command;
    this.#child = spawn(findProgram(command) ?? command, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...environment },
    });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on("data", (chunk: Buffer) => {
        this.#output += chunk;
      });
    // However this process ends, short of SIGKILL.
    const kill = () => void this.#child.kill("SIGKILL");
    process.once("exit", kill);
    this.#child.once("exit", () => process.off("exit", kill));
    this.#child.on("error", (error) => {
      this.#output += `${error}\n`;
    });
  }

  /** What it has said, for a failure's message. */
  get output(): string {
    return this.#output;
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error(`${this.#name} did not start: ${this.#output}`);
    return this.#child.pid;
  }

  /** Its exit code, or the signal that ended it; null while it runs. */
  get endedBy(): number | NodeJS.Signals | null {
    return this.#child.exitCode ?? this.#child.signalCode;
  }

  get hasExited(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** The first match of a pattern in what it says. */
  says(pattern: RegExp): Promise<RegExpExecArray> {
    return this.#saysFrom(0, pattern);
  }

  /** The first match of a pattern in what it says from now on. */
  saysNext(pattern: RegExp): Promise<RegExpExecArray> {
    return this.#saysFrom(this.#output.length, pattern);
  }

  #saysFrom(start: number, pattern: RegExp): Promise<RegExpExecArray> {
    const found = async () => {
      for (;;) {
        const match = pattern.exec(this.#output.slice(start));
        if (match !== null) return match;
        if (this.hasExited) throw new Error(`${this.#name} ended: ${this.#output}`);
        const streams = [this.#child.stdout, this.#child.stderr].filter((stream) => stream !== null);
        const heard = new AbortController();
        const { signal } = heard;
        const more = streams.map((stream) => once(stream, "data", { signal }));
        await Promise.race([...more, once(this.#child, "exit", { signal })]);
        heard.abort();
      }
    };
    return within(60_000, `${this.#name} to say ${pattern}`, found());
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Waits until it is gone. */
  async exited(): Promise<void> {
    if (!this.hasExited) await within(30_000, `${this.#name} to end`, once(this.#child, "exit"));
  }

  /** Ends it by a signal, and waits until it is gone. */
  async end(signal: NodeJS.Signals): Promise<void> {
    if (this.hasExited || this.#child.pid === undefined) return;
    const exit = once(this.#child, "exit");
    this.#child.kill(signal);
    await within(30_000, `${this.#name} to end by ${signal}`, exit);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end("SIGKILL");
  }
}
