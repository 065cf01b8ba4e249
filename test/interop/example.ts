import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { Program } from "./program.ts";
import type { Stack } from "./stack.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** The first start compiles; in Go that takes a while. */
const firstStartMs = 120_000;

const { PATH: path = "" } = process.env;

/** The programs of this repository come first, as they do under `npm run`. */
export const environment: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: [join(root, "node_modules", ".bin"), path].join(delimiter),
};

/** One of the examples, driven by nothing but the two commands of its README. */
export class Example implements Stack {
  readonly name: string;
  readonly folder: string;
  readonly #toolchain: readonly string[];
  readonly #check: string;
  readonly #prepare: string;
  readonly #run: string;
  #started = 0;

  /**
   * `toolchain` is a command that succeeds if the example can run here; `check` one that succeeds if its code is in
   * order, once it is prepared.
   */
  constructor(name: string, { toolchain, check }: { toolchain: readonly string[]; check: string }) {
    this.name = name;
    this.#check = check;
    this.#toolchain = toolchain;
    this.folder = join(root, "examples", name);
    const readme = readFileSync(join(this.folder, "README.md"), "utf8");
    const commands = [...readme.matchAll(/^```sh\n(.*?)\n```$/gms)].map(([, command = ""]) => command);
    const [prepare, run] = commands;
    if (prepare === undefined || run === undefined || commands.length !== 2) {
      throw new Error(`examples/${name}/README.md has ${commands.length} commands, not two`);
    }
    this.#prepare = prepare;
    this.#run = run;
  }

  get installed(): boolean {
    const [command = "", ...args] = this.#toolchain;
    return spawnSync(command, args, { cwd: this.folder, env: environment }).status === 0;
  }

  /** Runs the first command. */
  prepare(): Promise<void> {
    return this.#toItsEnd(this.#prepare);
  }

  /** Checks the code of the example against its generated client. */
  check(): Promise<void> {
    return this.#toItsEnd(this.#check);
  }

  /** Runs the second command in another room. */
  async join(server: string, room: string): Promise<Program> {
    const command = this.#run.replace(/\bdemo\b/, room);
    const flags = ["--server", server, "--peer", this.name].join(" ");
    const program = new Program(this.name, `${command} ${flags}`, this.folder, environment);
    return joined(program, this.#started++ === 0 ? { deadlineMs: firstStartMs } : {});
  }

  async #toItsEnd(command: string): Promise<void> {
    await using program = new Program(this.name, command, this.folder, environment);
    if ((await program.exited) !== 0) {
      throw new Error(`examples/${this.name}: ${command} failed:\n${program.transcript.lines.join("\n")}`);
    }
  }
}

/** Resolves when a program has joined. */
export async function joined(program: Program, options: { deadlineMs?: number } = {}): Promise<Program> {
  try {
    await program.transcript.line(/^joined as /, options);
  } catch (error) {
    await program.stop();
    throw error;
  }
  return program;
}
